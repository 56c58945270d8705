/** What would have to be different for a loser to be the choice: the nearest single change, else a pair, else nothing. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { type Ranked, rank } from './rank.ts';
import { nearestIn, type SloInterval, sloMap } from './slo-map.ts';
import { winningDemand } from './winning-demand.ts';
import { winningPrice } from './winning-price.ts';

export interface Change {
  sloMs?: number;
  requestsPerMinute?: number;
  /** Price of one instance of the row in question. */
  usdPerHour?: number;
}

/** How far a change reaches, on a scale where doubling and halving are equally far. */
export function distance(to: number, from: number): number {
  return Math.abs(Math.log(to / from));
}

/** Prepares the field once, answers for each loser. */
export function wouldWin(field: readonly Candidate[], stated: Goal): (row: Candidate) => Change | null {
  const goal: Goal = { ...stated, whatIf: true };
  const map = sloMap(field, goal);
  const won = new Map<Candidate, SloInterval[]>();
  for (const interval of map) won.set(interval.winner, [...(won.get(interval.winner) ?? []), interval]);
  const feasible = rank(field, goal);
  const places = new Map(feasible.map((r) => [r.candidate, r]));
  return (row) => {
    const limits = (won.get(row) ?? []).map((interval) => nearestIn(interval, goal.sloMs));
    const rival = feasible[0];
    const price = rival === undefined ? null : winningPrice(row, rival, goal);
    const own = places.get(row);
    const demand = own === undefined ? null : winningDemand(own, feasible, goal);
    const singles: { change: Change; reach: number }[] = [
      ...limits.map((sloMs) => ({ change: { sloMs }, reach: distance(sloMs, goal.sloMs) })),
      // A price where there was none is the only thing that is missing: it reaches no distance.
      ...(price === null ? [] : [{ change: { usdPerHour: price }, reach: distance(price, row.usdPerHour ?? price) }]),
      ...(demand === null
        ? []
        : [{ change: { requestsPerMinute: demand }, reach: distance(demand, goal.demandPerMinute!) }]),
    ];
    const nearest = singles.toSorted((a, b) => a.reach - b.reach)[0];
    return nearest?.change ?? pair(row, map, goal);
  };
}

/** The nearest objective that admits the row at all, with the price that beats whoever wins there. */
function pair(row: Candidate, map: readonly SloInterval[], goal: Goal): Change | null {
  const own = row.points.flatMap((p) => (p.latencyMs === null || p.errorsOver ? [] : [p.latencyMs]));
  const sloMs = Math.min(...own.filter((ms) => ms > goal.sloMs));
  const there = map.find(({ fromMs, toMs }) => fromMs <= sloMs && sloMs < toMs);
  if (there === undefined) return null;
  const relaxed = { ...goal, sloMs };
  const rival: Ranked = rank([there.winner], relaxed)[0]!;
  const usdPerHour = winningPrice(row, rival, relaxed);
  return usdPerHour === null ? null : { sloMs, usdPerHour };
}
