/** The highest price per hour of one instance at which a row would be the choice. */
import type { Candidate } from './candidate.ts';
import { winsWith } from './changes.ts';
import type { Goal } from './goal.ts';
import { rank } from './rank.ts';

/** Prices are quoted in hundredths of a cent; the answer is rounded down to that. */
const STEP = 1e-4;

/** @returns null where no price helps: another objective than cost, an infeasible row, or nothing to undercut. */
export function winningPrice(row: Candidate, field: readonly Candidate[], goal: Goal): number | null {
  if (goal.objective !== 'minimize-cost' || row.configuration.target === 'local') return null;
  const others = field.filter((c) => c !== row);
  const rival = rank(others, goal)[0];
  // Cost is proportional to the price, so at one dollar it is the factor.
  const factor = rank([{ ...row, usdPerHour: 1 }], goal)[0]?.value;
  if (rival === undefined || factor === undefined) return null;
  const steps = Math.floor(rival.value / factor / STEP + 1e-6);
  for (const n of [steps, steps - 1]) {
    const usdPerHour = Number((n * STEP).toFixed(4));
    if (usdPerHour > 0 && winsWith({ usdPerHour }, row, others, goal)) return usdPerHour;
  }
  return null;
}
