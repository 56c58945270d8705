/** Two changes that together make a row the choice, for rows that no single change helps. */
import type { Candidate } from './candidate.ts';
import { fastestPoint, feasiblePoints } from './capacity.ts';
import type { Change } from './change.ts';
import type { Goal } from './goal.ts';
import { rank, winner } from './rank.ts';
import { nearestIn, type SloInterval } from './slo-map.ts';
import { winningDemand } from './winning-demand.ts';
import { winningPrice } from './winning-price.ts';

/** Limits that are tried, those nearest the stated one. */
const MAX_LIMITS = 50;
/** Larger fields are not searched for pairs with a demand. */
const MAX_ROWS = 200;

export interface Field {
  candidates: readonly Candidate[];
  map: readonly SloInterval[];
  /** Winner at a limit, remembered: the map of a large field ends before its most distant limits. */
  winnerAt(sloMs: number): Candidate | null;
}

export function winningPair(row: Candidate, field: Field, goal: Goal): Change | null {
  return (
    limitAndPrice(row, field, goal) ??
    limitAndDemand(row, field.candidates, goal) ??
    demandAndPrice(row, field.candidates, goal)
  );
}

/** The nearest limit that admits the row, with the price that beats whoever wins there; else the next nearest. */
function limitAndPrice(row: Candidate, { map, winnerAt }: Field, goal: Goal): Change | null {
  const least = leastLimit(row);
  if (least === null || (goal.objective !== 'minimize-cost' && goal.objective !== 'balanced')) return null;
  const at = (rival: Candidate, sloMs: number): Change | null => {
    const there = { ...goal, sloMs };
    const [ranked] = rank([rival], there);
    const usdPerHour = ranked === undefined ? null : winningPrice(row, ranked, there);
    return usdPerHour === null ? null : { sloMs, usdPerHour };
  };
  const start = Math.max(least, goal.sloMs);
  const first = map.find(({ fromMs, toMs }) => fromMs <= start && start < toMs);
  const holder = start === goal.sloMs ? null : (first?.winner ?? winnerAt(start));
  const nearest = holder ? at(holder, start) : null;
  if (nearest !== null) return nearest;
  const others = map
    .filter((interval) => interval !== first && interval.toMs > least)
    .map((interval) => ({ interval, sloMs: nearestIn(interval, start) }))
    .filter(({ sloMs }) => sloMs >= least)
    .sort((x, y) => reach(x.sloMs, start) - reach(y.sloMs, start));
  for (const { interval, sloMs } of others.slice(0, MAX_LIMITS)) {
    const change = at(interval.winner, sloMs);
    if (change !== null) return change;
  }
  return null;
}

function limitAndDemand(row: Candidate, field: readonly Candidate[], goal: Goal): Change | null {
  const sloMs = leastLimit(row);
  if (sloMs === null || goal.demandPerMinute === null || field.length > MAX_ROWS) return null;
  const there = { ...goal, sloMs };
  const feasible = rank(field, there);
  const own = feasible.find((r) => r.candidate === row);
  const requestsPerMinute = own === undefined ? null : winningDemand(own, feasible, there);
  return requestsPerMinute === null ? null : { sloMs, requestsPerMinute };
}

/** A demand that one full instance carries makes the most of a price. */
function demandAndPrice(row: Candidate, field: readonly Candidate[], goal: Goal): Change | null {
  const point = fastestPoint(feasiblePoints(row.points, goal.sloMs));
  if (point === null || goal.demandPerMinute === null || field.length > MAX_ROWS) return null;
  const requestsPerMinute = Math.floor(point.ratePerSecond * 60);
  if (requestsPerMinute < 1) return null;
  const there = { ...goal, demandPerMinute: requestsPerMinute };
  const rival = winner(
    field.filter((c) => c !== row),
    there,
  );
  const usdPerHour = rival === null ? null : winningPrice(row, rival, there);
  return usdPerHour === null ? null : { requestsPerMinute, usdPerHour };
}

/** The tightest limit that the row keeps at some load. */
function leastLimit({ points }: Candidate): number | null {
  const kept = points.flatMap((p) =>
    p.latencyMs === null || p.errorsOver || p.ratePerSecond <= 0 ? [] : [p.latencyMs],
  );
  return kept.length === 0 ? null : Math.min(...kept);
}

function reach(to: number, from: number): number {
  return Math.abs(Math.log(to / from));
}
