/** The highest price per hour of one instance at which a row would beat a rival on cost. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { compareRanked, type Ranked, rank } from './rank.ts';

/** Prices are quoted in hundredths of a cent; the answer is rounded down to that. */
const STEP = 1e-4;

/** @returns null where no price helps: another objective than cost, an infeasible row, or nothing cheap enough. */
export function winningPrice(row: Candidate, rival: Ranked, goal: Goal): number | null {
  if (goal.objective !== 'minimize-cost' || row.configuration.target === 'local') return null;
  const priced = (usdPerHour: number) => rank([{ ...row, usdPerHour }], goal)[0] ?? null;
  // Cost is proportional to the price, so at one dollar it is the factor.
  const factor = priced(1)?.value;
  if (factor === undefined) return null;
  const steps = Math.floor(rival.value / factor / STEP + 1e-6);
  for (const n of [steps, steps - 1]) {
    const usdPerHour = Number((n * STEP).toFixed(4));
    if (usdPerHour > 0 && compareRanked(priced(usdPerHour)!, rival) < 0) return usdPerHour;
  }
  return null;
}
