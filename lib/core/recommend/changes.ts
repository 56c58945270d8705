/** One thing made different, everything else as it is. Applying it is how a claim about it is verified. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { winner } from './rank.ts';

export interface Change {
  sloMs?: number;
  requestsPerMinute?: number;
  /** Price of one instance of the row in question. */
  usdPerHour?: number;
}

/** Would `row` be chosen among `field` after the change? A row that had no price joins the field with one. */
export function winsWith(change: Change, row: Candidate, field: readonly Candidate[], goal: Goal): boolean {
  const changed: Goal = {
    ...goal,
    sloMs: change.sloMs ?? goal.sloMs,
    demandPerMinute: change.requestsPerMinute ?? goal.demandPerMinute,
  };
  const mine = change.usdPerHour === undefined ? row : { ...row, usdPerHour: change.usdPerHour };
  const others = field.filter((c) => c !== row);
  return winner([...others, mine], changed)?.candidate === mine;
}

/** How far a change reaches, on a scale where doubling and halving are equally far. */
export function distance(to: number, from: number): number {
  return Math.abs(Math.log(to / from));
}
