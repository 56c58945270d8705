/** From measurements to a decision: feasible first, then the objective, then the reasons of everyone who lost. */
import type { Measurement } from '../measure/measurement.ts';
import { DEFAULT_SAFETY, type Fleet, fleetFor } from '../scale/fleet.ts';
import { tidy } from '../scale/tidy.ts';
import type { Candidate } from './candidate.ts';
import { closestPoint, feasiblePoints } from './capacity.ts';
import { choiceOf } from './choice.ts';
import { frontierOf } from './frontier.ts';
import type { Demand, Goal, Objective, Slo } from './goal.ts';
import type { OperatingPoint } from './operating-point.ts';
import { type Ranked, winner } from './rank.ts';
import type { Recommendation, Rejected } from './recommendation.ts';
import { type Rejection, rejectBeaten, rejectInfeasible, rejectInvalid, rejectUnpriced } from './rejection.ts';
import { sensitivityOf } from './sensitivity.ts';
import { sentenceFor } from './sentence.ts';
import { fieldOf, type Standing, standingOf } from './standing.ts';
import { tied } from './ties.ts';
import { MARGIN_PERCENT, outscreened, warningsFor } from './warnings.ts';
import { wouldWin } from './would-win.ts';

export interface RecommendInput {
  /** Name of the experiment. */
  experiment: string;
  slo: Slo;
  demand: Demand | null;
  objective: Objective;
  measurements: readonly Measurement[];
  /** Share of the capacity's lower bound that one instance is planned to carry. */
  safety?: number;
  availability?: 'single' | 'multiple';
  /** Instances the account may run; null or absent when it was not read. */
  quota?: number | null;
  /** Degraded measurements rank only when asked, and are marked. */
  includeDegraded?: boolean;
}

export function recommend(input: RecommendInput): Recommendation {
  const { slo, demand, objective } = input;
  const demandPerMinute = demand?.requestsPerMinute ?? null;
  const goal: Goal = { objective, sloMs: slo.latencyMs, demandPerMinute };
  const standing = standingOf(input.measurements, slo, goal, input.includeDegraded ?? false);
  const choice = standing.ranked[0] ?? null;
  const ties = choice === null ? [] : standing.ranked.slice(1).filter((r) => tied(choice, r, objective));
  const verdict = verdictOf(standing, choice, ties, slo.latencyMs);
  const shape = choice === null ? null : choiceOf(choice, demandPerMinute);
  const fleet = choice === null ? null : fleetOf(choice, input);
  const margin = choice === null ? null : tidy(((slo.latencyMs - choice.point.latencyMs) / slo.latencyMs) * 100);
  const even = new Set(ties);
  const runnerUp = standing.ranked.slice(1).find((r) => !even.has(r)) ?? standing.unconfirmed[0] ?? null;
  const said = {
    verdict,
    choice,
    shape,
    runnerUp,
    ties,
    closest: closestOf(standing),
    obstacle: obstacleOf(standing, slo.latencyMs),
  };
  const scalar = standing.ranked.some((r) => r.candidate.evidence === 'scalar');
  return {
    schema: 'infersweep.recommendation.v1',
    experiment: input.experiment,
    choice: shape,
    verdict,
    evidence: scalar || (choice === null && onlyScalar(standing)) ? 'scalar' : 'distribution',
    sentence: sentenceFor(said, goal, slo),
    margin: { percent: margin, at10Percent: choice === null ? null : atTighterLimit(standing, goal) },
    fleet: { atCapacity: fleet?.atCapacity ?? noFleet, atTarget: fleet?.atTarget ?? noFleet },
    ties: ties.map((r) => choiceOf(r, demandPerMinute)),
    frontier: frontier(standing, demandPerMinute),
    rejected:
      choice === null ? rejections(standing, null, [], goal, slo) : rejections(standing, choice, ties, goal, slo),
    sensitivity: choice === null ? [] : sensitivityOf(choice, fieldOf(standing), goal),
    scaling: fleet?.scaling ?? null,
    objective,
    slo,
    demand,
    deploy: choice?.candidate.configuration ?? null,
    warnings: choice === null ? [] : [...warningsFor(choice, standing, slo, margin!), ...(fleet?.warnings ?? [])],
  };
}

const noFleet = { instances: null, usdPerHour: null };

function verdictOf(
  standing: Standing,
  choice: Ranked | null,
  ties: readonly Ranked[],
  sloMs: number,
): Recommendation['verdict'] {
  if (choice === null) return unpricedButFeasible(standing, sloMs) ? 'undecided' : 'infeasible';
  if (standing.ranked.some((r) => r.candidate.evidence === 'scalar')) return 'undecided';
  const spreadUnknown = choice.point.interval === null && standing.ranked.length > 1;
  if (spreadUnknown || outscreened(choice, standing)) return 'undecided';
  return ties.length > 0 ? 'tie' : 'decided';
}

function fleetOf({ candidate, point }: Ranked, input: RecommendInput): Fleet | null {
  if (input.demand === null || candidate.configuration.target === 'local') return null;
  return fleetFor({
    capacityPerMinute: tidy(point.ratePerSecond * 60),
    capacityLowerPerMinute: tidy((point.interval?.low ?? point.ratePerSecond) * 60),
    demand: input.demand,
    usdPerHour: candidate.usdPerHour,
    safety: input.safety ?? DEFAULT_SAFETY,
    availability: input.availability,
    quota: input.quota,
  });
}

/** Who would be chosen if the limit were a tenth tighter: what a margin of 10 % costs. */
function atTighterLimit(standing: Standing, goal: Goal): Recommendation['margin']['at10Percent'] {
  const best = winner(fieldOf(standing), {
    ...goal,
    whatIf: true,
    sloMs: tidy(goal.sloMs * (1 - MARGIN_PERCENT / 100)),
  });
  return best === null ? null : choiceOf(best, goal.demandPerMinute);
}

/** Money where every row has a price, else the rate. */
function frontier({ ranked }: Standing, demandPerMinute: number | null): Recommendation['frontier'] {
  const shapes = new Map(ranked.map((r) => [r, choiceOf(r, demandPerMinute)]));
  const priced = ranked.every((r) => r.candidate.usdPerHour !== null);
  const cost = (r: Ranked) => {
    const shape = shapes.get(r)!;
    if (!priced) return -r.point.itemsPerSecond;
    return demandPerMinute === null ? shape.usdPerMillion! : shape.usdPerHour!;
  };
  return frontierOf(ranked, cost).map((r) => shapes.get(r)!);
}

function rejections(
  standing: Standing,
  choice: Ranked | null,
  ties: readonly Ranked[],
  goal: Goal,
  slo: Slo,
): Rejected[] {
  const field = fieldOf(standing);
  const changes = wouldWin(field, goal);
  const known = new Set(field);
  const even = new Set([choice, ...ties]);
  const row = (candidate: Candidate, rejection: Rejection, wouldWinAt: Rejected['wouldWinAt']): Rejected => {
    const { name, target, instanceType } = candidate.configuration;
    return { configuration: name, target, instanceType, ...rejection, wouldWinAt };
  };
  const beaten = standing.ranked.filter((r) => !even.has(r));
  return [
    ...beaten.map((r) => row(r.candidate, rejectBeaten(r, choice!, goal), changes(r.candidate))),
    ...standing.unconfirmed.map((r) => {
      const rejection = rejectBeaten(r, choice!, goal);
      const wins = known.has(r.candidate) ? changes(r.candidate) : null;
      return row(r.candidate, { ...rejection, detail: `screened only: ${rejection.detail}` }, wins);
    }),
    ...standing.infeasible.map((c) => row(c, rejectInfeasible(c, slo), changes(c))),
    ...standing.unpriced.map(({ candidate, detail }) =>
      row(candidate, rejectUnpriced(candidate, detail, slo), changes(candidate)),
    ),
    ...standing.refused.map((c) => row(c, rejectInvalid(c), null)),
  ];
}

function closestOf({ infeasible }: Standing): { name: string; point: OperatingPoint } | null {
  const closest = closestPoint(infeasible.flatMap(({ points }) => closestPoint(points) ?? []));
  const owner = infeasible.find(({ points }) => closest !== null && points.includes(closest));
  return closest === null || owner === undefined ? null : { name: owner.configuration.name, point: closest };
}

function obstacleOf(standing: Standing, sloMs: number): string | null {
  const { candidates, refused } = standing;
  if (candidates.length === 0) return 'there is no measurement';
  if (unpricedButFeasible(standing, sloMs)) return 'what meets the objective has no price to compare';
  return refused.length === candidates.length ? 'no measurement is valid' : null;
}

function unpricedButFeasible({ unpriced, ranked }: Standing, sloMs: number): boolean {
  return ranked.length === 0 && unpriced.some(({ candidate }) => feasiblePoints(candidate.points, sloMs).length > 0);
}

function onlyScalar({ candidates }: Standing): boolean {
  return candidates.length > 0 && candidates.every((c) => c.evidence === 'scalar');
}
