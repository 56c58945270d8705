/**
 * The demand nearest to the stated one at which a row would be the cheapest fleet. Fleets come in whole instances, so a
 * larger instance wins where its last one is full and others have just had to start another.
 *
 * Up to n·c a row costs n·p at most while the others only get dearer with the demand, so it wins everything between n·c and
 * where the last rival still undercuts n·p: max over rivals of k·c_i, with k the largest fleet that costs less.
 */
import { tidy } from '../scale/tidy.ts';
import type { Goal } from './goal.ts';
import { compareEven, type Ranked, winner } from './rank.ts';

/** Demands further away than this are another question. */
export const MAX_FACTOR = 10;
/** Largest fleet looked at. */
const MAX_FLEET = 500;

/** @param contenders of the row's limit, as `contendersOf` gives them; any other row wins at no demand. */
export function winningDemand(row: Ranked, contenders: readonly Ranked[], goal: Goal): number | null {
  const { demandPerMinute } = goal;
  if (goal.objective !== 'minimize-cost' || demandPerMinute === null) return null;
  if (!contenders.some((r) => r.candidate === row.candidate)) return null;
  const rivals = contenders
    .filter((r) => r.candidate !== row.candidate)
    .map((r) => ({ ...unit(r), yields: compareEven(row, r) < 0 }))
    // Whoever carries most for a dollar settles most of the questions.
    .sort((a, b) => a.price / a.capacity - b.price / b.capacity);
  const mine = unit(row);
  let best: number | null = null;
  for (let n = 1; n <= MAX_FLEET && (n - 1) * mine.capacity < demandPerMinute * MAX_FACTOR; n++) {
    const cost = tidy(n * mine.price);
    const to = Math.floor(n * mine.capacity);
    let from = 0;
    for (const r of rivals) {
      from = Math.max(from, cheaperFleet(cost, r) * r.capacity);
      if (from >= to) break;
    }
    const demand = Math.max(Math.floor(from) + 1, Math.min(to, Math.floor(demandPerMinute)));
    const nearer = best === null || ratio(demand, demandPerMinute) < ratio(best, demandPerMinute);
    if (demand <= to && nearer) best = demand;
  }
  if (best === null) return null;
  const field = contenders.map((r) => r.candidate);
  return winner(field, { ...goal, demandPerMinute: best })?.candidate === row.candidate ? best : null;
}

/** Doubling and halving are equally far. */
function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

function unit({ candidate, point }: Ranked) {
  return { price: candidate.usdPerHour!, capacity: point.ratePerSecond * 60 };
}

/** Largest fleet of the rival that would be chosen over a cost. */
function cheaperFleet(cost: number, rival: { price: number; yields: boolean }): number {
  const fleet = Math.floor(cost / rival.price + 1e-9);
  const even = fleet * rival.price > cost * (1 - 1e-9) && tidy(fleet * rival.price) >= cost;
  return rival.yields && even ? fleet - 1 : fleet;
}
