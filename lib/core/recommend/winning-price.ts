/** The highest price per hour of one instance at which a row would beat a rival where price counts. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { type Ranked, rank, winner } from './rank.ts';

/** Prices are quoted in hundredths of a cent; the answer is rounded down to that. */
export const PRICE_STEP = 1e-4;

/** @returns null where no price helps: another objective, an infeasible row, nothing cheap enough, or a rival without price. */
export function winningPrice(row: Candidate, rival: Ranked, goal: Goal): number | null {
  const counts = goal.objective === 'minimize-cost' || goal.objective === 'balanced';
  if (!counts || row.configuration.target === 'local' || rival.candidate.usdPerHour === null) return null;
  // Cost is proportional to the price, so at one dollar it is the factor.
  const factor = burden({ ...row, usdPerHour: 1 }, goal);
  const bound = burden(rival.candidate, goal);
  if (factor === null || bound === null) return null;
  const steps = Math.floor(bound / factor / PRICE_STEP + 1e-6);
  for (const n of [steps, steps - 1]) {
    const priced = { ...row, usdPerHour: Number((n * PRICE_STEP).toFixed(4)) };
    if (priced.usdPerHour > 0 && winner([priced, rival.candidate], goal)?.candidate === priced)
      return priced.usdPerHour;
  }
  return null;
}

/** What is compared: the cost, or where latency counts as much, their product, of which `balanced` ranks by the root. */
function burden(candidate: Candidate, goal: Goal): number | null {
  const [ranked] = rank([candidate], { ...goal, objective: 'minimize-cost' });
  if (ranked === undefined) return null;
  return goal.objective === 'balanced' ? ranked.value * ranked.point.latencyMs : ranked.value;
}
