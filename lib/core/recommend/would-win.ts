/** What would have to be different for a loser to be the choice: the nearest single change, else a pair, else nothing. */
import type { Candidate } from './candidate.ts';
import { type Change, distance, winsWith } from './changes.ts';
import type { Goal } from './goal.ts';
import { rank } from './rank.ts';
import { nearestWinningSlo, type SloInterval, sloMap } from './slo-map.ts';
import { winningDemand } from './winning-demand.ts';
import { winningPrice } from './winning-price.ts';

/** Prepares the field once, answers for each loser. Every answer has been applied and found true. */
export function wouldWin(field: readonly Candidate[], stated: Goal): (row: Candidate) => Change | null {
  const goal: Goal = { ...stated, whatIf: true };
  const map = sloMap(field, goal);
  const feasible = rank(field, goal);
  return (row) => {
    const singles: { change: Change; reach: number }[] = [];
    const add = (change: Change, to: number, from: number) => {
      if (winsWith(change, row, field, goal)) singles.push({ change, reach: distance(to, from) });
    };
    const sloMs = nearestWinningSlo(map, row, goal.sloMs);
    if (sloMs !== null) add({ sloMs }, sloMs, goal.sloMs);
    const usdPerHour = winningPrice(row, field, goal);
    // A price where there was none is the only thing that is missing: it reaches no distance.
    if (usdPerHour !== null) add({ usdPerHour }, usdPerHour, row.usdPerHour ?? usdPerHour);
    const ranked = feasible.find((r) => r.candidate === row);
    const demand = ranked === undefined ? null : winningDemand(ranked, feasible, goal);
    if (demand !== null) add({ requestsPerMinute: demand }, demand, goal.demandPerMinute!);
    singles.sort((a, b) => a.reach - b.reach);
    return singles[0]?.change ?? pair(row, field, map, goal);
  };
}

/** The nearest objective that admits the row at all, with the price that wins there. */
function pair(row: Candidate, field: readonly Candidate[], map: readonly SloInterval[], goal: Goal): Change | null {
  const own = row.points.flatMap((p) => (p.latencyMs === null || p.errorsOver ? [] : [p.latencyMs]));
  const sloMs = Math.min(...own.filter((ms) => ms > goal.sloMs));
  if (!Number.isFinite(sloMs) || map.length === 0) return null;
  const usdPerHour = winningPrice(row, field, { ...goal, sloMs });
  return usdPerHour === null ? null : { sloMs, usdPerHour };
}
