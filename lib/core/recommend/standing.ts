/** How all rows of an experiment stand to each other: who may be chosen, in which order, and who is out and why. */
import type { Measurement } from '../measure/measurement.ts';
import { type Candidate, candidatesOf } from './candidate.ts';
import { eligibility } from './eligible.ts';
import type { Goal, Slo } from './goal.ts';
import { compareRanked, type Ranked, rank } from './rank.ts';

export interface Standing {
  candidates: readonly Candidate[];
  /** In order; confirmed ones only, as soon as one of them is feasible. */
  ranked: readonly Ranked[];
  /** Feasible by their screening, while others were confirmed. */
  unconfirmed: readonly Ranked[];
  infeasible: readonly Candidate[];
  refused: readonly Candidate[];
  unpriced: readonly { candidate: Candidate; detail: string }[];
}

export function standingOf(
  measurements: readonly Measurement[],
  slo: Slo,
  goal: Goal,
  includeDegraded: boolean,
): Standing {
  const candidates = candidatesOf(measurements, slo, includeDegraded);
  const { eligible, unpriced } = eligibility(candidates, goal.objective);
  const feasible = rank(eligible, goal);
  const confirmed = feasible.filter((r) => r.candidate.confirmed);
  const ranked = confirmed.length > 0 ? confirmed : feasible;
  const kept = new Set(feasible.map((r) => r.candidate));
  const best = new Set(ranked);
  return {
    candidates,
    ranked,
    unconfirmed: feasible.filter((r) => !best.has(r)),
    infeasible: eligible.filter((c) => !kept.has(c)),
    refused: candidates.filter((c) => c.refused !== null),
    unpriced,
  };
}

/**
 * The rows of what-if questions, among which the choice wins as things stand: all but those whose unconfirmed screening
 * already looks better than the choice.
 */
export function fieldOf({ ranked, unconfirmed, infeasible }: Standing): Candidate[] {
  const top = ranked[0];
  const behind = unconfirmed.filter((r) => top === undefined || compareRanked(top, r) < 0);
  return [...ranked, ...behind].map((r) => r.candidate).concat(infeasible);
}
