/** Which configuration wins at which limit and demand: the decision as a map, for when either is not settled yet. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { winner } from './rank.ts';

export interface DecisionMap {
  sloMs: number[];
  /** Requests per minute; one null where no demand was stated. */
  demands: (number | null)[];
  /** Name of the winner by demand, then by limit; null where nothing meets the limit. */
  winners: (string | null)[][];
}

/** The stated limit and demand stand in the middle. */
const FACTORS = [0.25, 0.5, 1, 2, 4];

/** @param field as `fieldOf` gives it: the choice wins in it at the stated limit and demand. */
export function decisionMap(field: readonly Candidate[], goal: Goal): DecisionMap {
  const { demandPerMinute } = goal;
  const sloMs = FACTORS.map((f) => goal.sloMs * f);
  const demands = demandPerMinute === null ? [null] : FACTORS.map((f) => demandPerMinute * f);
  const winners = demands.map((demand) =>
    sloMs.map((limit) => {
      const best = winner(field, { ...goal, whatIf: true, sloMs: limit, demandPerMinute: demand });
      if (best === null) return null;
      const { name, target, instanceType } = best.candidate.configuration;
      return target === 'local' ? name : `${name} · ${instanceType}`;
    }),
  );
  return { sloMs, demands, winners };
}
