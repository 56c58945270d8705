/**
 * The demand nearest to the stated one at which a row would be the cheapest fleet. Fleets come in whole instances, so a
 * larger instance wins where its last one is full and others have just had to start another.
 *
 * Up to n·c a row costs n·p at most while the others only get dearer with the demand, so it wins everything between n·c and
 * where the last rival still undercuts n·p: max over rivals of k·c_i, with k the largest fleet that costs less.
 */
import { tidy } from '../scale/tidy.ts';
import type { Goal } from './goal.ts';
import { compareRanked, type Ranked, winner } from './rank.ts';

/** Demands further away than this are another question. */
const MAX_FACTOR = 10;
/** Largest fleet and largest field looked at. */
const MAX_FLEET = 500;
const MAX_ROWS = 200;

export function winningDemand(row: Ranked, feasible: readonly Ranked[], goal: Goal): number | null {
  const { demandPerMinute } = goal;
  if (goal.objective !== 'minimize-cost' || demandPerMinute === null || feasible.length > MAX_ROWS) return null;
  const rivals = feasible
    .filter((r) => r.candidate !== row.candidate)
    .map((r) => ({ ...unit(r), yields: yields(r, row) }));
  const mine = unit(row);
  let best: number | null = null;
  for (let n = 1; n <= MAX_FLEET && (n - 1) * mine.capacity < demandPerMinute * MAX_FACTOR; n++) {
    const beaten = rivals.map((r) => cheaperFleet(tidy(n * mine.price), r) * r.capacity);
    const from = Math.max(0, ...beaten);
    const to = Math.floor(n * mine.capacity);
    const demand = Math.max(Math.floor(from) + 1, Math.min(to, Math.floor(demandPerMinute)));
    const nearer = best === null || ratio(demand, demandPerMinute) < ratio(best, demandPerMinute);
    if (demand <= to && nearer) best = demand;
  }
  if (best === null) return null;
  const field = feasible.map((r) => r.candidate);
  return winner(field, { ...goal, demandPerMinute: best })?.candidate === row.candidate ? best : null;
}

/** Doubling and halving are equally far. */
function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

function unit({ candidate, point }: Ranked) {
  return { price: candidate.usdPerHour!, capacity: point.ratePerSecond * 60 };
}

/** At equal cost, does the rival stay behind? */
function yields(rival: Ranked, row: Ranked): boolean {
  return compareRanked({ ...row, value: 0 }, { ...rival, value: 0 }) < 0;
}

/** Largest fleet of the rival that would be chosen over a cost. */
function cheaperFleet(cost: number, rival: { price: number; yields: boolean }): number {
  const fleet = Math.floor(cost / rival.price + 1e-9);
  return rival.yields && tidy(fleet * rival.price) >= cost ? fleet - 1 : fleet;
}
