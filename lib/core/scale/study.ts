/** Which policy serves a trace for the least money, beside what is planned and what does without scaling. */
import { scheduledPolicy, smallestStatic } from './baselines.ts';
import { type GridInput, policyGrid } from './policy-grid.ts';
import { type Bracket, costOf, type Fleet, meets, type Policy, type Replays } from './replays.ts';
import type { ScalingValues } from './scaling-values.ts';

export interface Scored {
  values: ScalingValues;
  bracket: Bracket;
  /** Misses no more than the goal on 95 of 100 days, whichever rule scale-in follows. */
  meets: boolean;
}

export interface StudyInput extends Omit<GridInput, 'trace' | 'startS' | 'quota'> {
  replays: Replays;
  fleet: Fleet;
  planned: ScalingValues;
  /** Largest share of requests that may be late. */
  goal: number;
  seeds: number;
}

export interface Study {
  planned: Scored;
  /** The cheapest policy that meets the goal; null when none does. */
  picked: Scored | null;
  /** null when no fleet up to twice the planned maximum is enough. */
  static: Scored | null;
  /** By the hour, knowing the trace. */
  scheduled: Scored;
  /** Policies of which none is cheaper and misses less, cheapest first; by the screening of few seeds. */
  frontier: { values: ScalingValues; missShare: number; cost: number }[];
}

/** Enough to order policies that see the same days; the best are then judged by all seeds. */
const SCREENING_SEEDS = 6;
/** Candidates judged in full before the search gives up. */
const FINALISTS = 8;

export function study(input: StudyInput): Study {
  const { replays, fleet, planned, goal, seeds } = input;
  const { startS, quota } = replays.assumed;
  const score = (policy: Policy, n = seeds): Scored => {
    const bracket = replays.bracket(policy, fleet, n);
    return { values: policy.values, bracket, meets: meets(bracket, goal) };
  };
  const few = Math.min(SCREENING_SEEDS, seeds);
  const screened = policyGrid({ ...input, trace: replays.trace, startS, quota })
    .concat(planned)
    .map((values) => {
      // The rule that keeps fewer instances misses more.
      const { missShare, usd, instanceHours } = replays.outcome({ values }, fleet, 'proportional', few);
      return { values, missShare: missShare.p95, cost: (usd ?? instanceHours).p50 };
    })
    .sort((a, b) => a.cost - b.cost);
  const hopeful = screened.filter((s) => s.missShare <= goal).slice(0, FINALISTS);
  const plain = smallestStatic(replays, fleet, {
    goal,
    targetValue: planned.targetValue,
    most: Math.min(2 * planned.maxCapacity, quota ?? Number.POSITIVE_INFINITY),
    seeds: few,
  });
  return {
    planned: score({ values: planned }),
    picked: pick(hopeful.map((h) => score({ values: h.values }))),
    static: plain && score(plain),
    scheduled: score(
      scheduledPolicy(replays.trace, { targetValue: planned.targetValue, floor: input.floor, startS, quota }),
    ),
    frontier: frontierOf(screened),
  };
}

function pick(finalists: readonly Scored[]): Scored | null {
  return finalists
    .filter((f) => f.meets)
    .reduce<Scored | null>((best, f) => (best === null || costOf(f.bracket) < costOf(best.bracket) ? f : best), null);
}

function frontierOf(byCost: Study['frontier']): Study['frontier'] {
  let least = Number.POSITIVE_INFINITY;
  return byCost.filter(({ missShare }) => {
    const better = missShare < least;
    least = Math.min(least, missShare);
    return better;
  });
}

/** Values as `recommendation.scaling` has them, for a template to deploy. */
export function deployableScaling(values: ScalingValues, trace: string, seeds: number) {
  return { ...values, cooldownSource: `simulated on ${trace} with ${seeds} seeds` };
}
