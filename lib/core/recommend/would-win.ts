/** What would have to be different for a loser to be the choice: the nearest single change, else a pair, else nothing. */
import type { Candidate } from './candidate.ts';
import type { Change } from './change.ts';
import { contendersOf } from './contenders.ts';
import { entryDemands } from './entry-demand.ts';
import type { Goal } from './goal.ts';
import { rank } from './rank.ts';
import { nearestIn, type SloInterval, sloMap } from './slo-map.ts';
import { winningDemand } from './winning-demand.ts';
import { type Field, winningPair } from './winning-pair.ts';
import { winningPrice } from './winning-price.ts';

/** How far a change reaches, on a scale where doubling and halving are equally far. */
export function distance(to: number, from: number): number {
  return Math.abs(Math.log(to / from));
}

/** Prepares the field once, answers for each loser. */
export function wouldWin(candidates: readonly Candidate[], stated: Goal): (row: Candidate) => Change | null {
  const goal: Goal = { ...stated, whatIf: true };
  const map = sloMap(candidates, goal);
  const won = new Map<Candidate, SloInterval[]>();
  for (const interval of map) {
    const intervals = won.get(interval.winner);
    if (intervals) intervals.push(interval);
    else won.set(interval.winner, [interval]);
  }
  const feasible = rank(candidates, goal);
  const places = new Map(feasible.map((r) => [r.candidate, r]));
  const contenders = contendersOf(feasible);
  let entries: Map<Candidate, Change> | null = null;
  const field: Field = {
    candidates,
    map,
    contenders,
    entryDemands: () => {
      entries ??= entryDemands(candidates, goal);
      return entries;
    },
  };
  return (row) => {
    const limits = (won.get(row) ?? []).map((interval) => nearestIn(interval, goal.sloMs));
    const rival = feasible[0];
    const price = rival === undefined ? null : winningPrice(row, rival, goal);
    const own = places.get(row);
    const demand = own === undefined ? null : winningDemand(own, contenders, goal);
    const singles: { change: Change; reach: number }[] = [
      ...limits.map((sloMs) => ({ change: { sloMs }, reach: distance(sloMs, goal.sloMs) })),
      // A price where there was none is the only thing that is missing: it reaches no distance.
      ...(price === null ? [] : [{ change: { usdPerHour: price }, reach: distance(price, row.usdPerHour ?? price) }]),
      ...(demand === null
        ? []
        : [{ change: { requestsPerMinute: demand }, reach: distance(demand, goal.demandPerMinute!) }]),
    ];
    const nearest = singles.toSorted((a, b) => a.reach - b.reach)[0];
    return nearest?.change ?? winningPair(row, field, goal);
  };
}
