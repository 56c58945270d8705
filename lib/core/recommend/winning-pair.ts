/** Two changes that together make a row the choice, for rows that no single change helps. */
import type { Candidate } from './candidate.ts';
import { fastestPoint, feasiblePoints } from './capacity.ts';
import type { Change } from './change.ts';
import type { Goal } from './goal.ts';
import { type Ranked, rank, winner } from './rank.ts';
import { intervalAt, nearestIn, type SloInterval } from './slo-map.ts';
import { winningPrice } from './winning-price.ts';

/** Limits that are tried, those nearest the stated one. */
const MAX_LIMITS = 50;

export interface Field {
  candidates: readonly Candidate[];
  map: readonly SloInterval[];
  /** At the stated limit, those that can win at some demand. */
  contenders: readonly Ranked[];
  /** Made when the first row asks for it. */
  entryDemands(): Map<Candidate, Change>;
}

export function winningPair(row: Candidate, field: Field, goal: Goal): Change | null {
  return limitAndPrice(row, field.map, goal) ?? field.entryDemands().get(row) ?? demandAndPrice(row, field, goal);
}

/** The nearest limit that admits the row, with the price that beats whoever wins there; else the next nearest. */
function limitAndPrice(row: Candidate, map: readonly SloInterval[], goal: Goal): Change | null {
  const least = leastLimit(row);
  if (least === null || (goal.objective !== 'minimize-cost' && goal.objective !== 'balanced')) return null;
  const at = (rival: Candidate, sloMs: number): Change | null => {
    const there = { ...goal, sloMs };
    const [ranked] = rank([rival], there);
    const usdPerHour = ranked === undefined ? null : winningPrice(row, ranked, there);
    return usdPerHour === null ? null : { sloMs, usdPerHour };
  };
  const start = Math.max(least, goal.sloMs);
  const first = intervalAt(map, start);
  // At the stated limit a price alone has been tried.
  const nearest = start === goal.sloMs || first < 0 ? null : at(map[first]!.winner, start);
  if (nearest !== null) return nearest;
  for (const [interval, sloMs] of outward(map, first, start, least)) {
    const change = at(interval.winner, sloMs);
    if (change !== null) return change;
  }
  return null;
}

/** The intervals around one of them with their nearest limits, the nearest first, none of them below `least`. */
function outward(map: readonly SloInterval[], from: number, start: number, least: number): [SloInterval, number][] {
  const near: [SloInterval, number][] = [];
  let [below, above] = [from - 1, from + 1];
  const limit = (i: number) => {
    const sloMs = map[i] === undefined ? null : nearestIn(map[i], start);
    return sloMs === null || sloMs < least ? null : sloMs;
  };
  while (near.length < MAX_LIMITS) {
    const [down, up] = [limit(below), limit(above)];
    if (down === null && up === null) break;
    const downward = up === null || (down !== null && reach(down, start) <= reach(up, start));
    near.push(downward ? [map[below--]!, down!] : [map[above++]!, up!]);
  }
  return near;
}

/** A demand that one full instance carries makes the most of a price. */
function demandAndPrice(row: Candidate, { candidates, contenders }: Field, goal: Goal): Change | null {
  const point = fastestPoint(feasiblePoints(row.points, goal.sloMs));
  if (point === null || goal.demandPerMinute === null) return null;
  const requestsPerMinute = Math.floor(point.ratePerSecond * 60);
  if (requestsPerMinute < 1) return null;
  const there = { ...goal, demandPerMinute: requestsPerMinute };
  // Without one of the contenders, others may contend.
  const contends = contenders.some((r) => r.candidate === row);
  const rivals = contends ? candidates.filter((c) => c !== row) : contenders.map((r) => r.candidate);
  const rival = winner(rivals, there);
  const usdPerHour = rival === null ? null : winningPrice(row, rival, there);
  return usdPerHour === null ? null : { requestsPerMinute, usdPerHour };
}

/** The tightest limit that the row keeps at some load. */
function leastLimit({ points }: Candidate): number | null {
  const kept = points.flatMap((p) => p.keepsMs ?? []);
  return kept.length === 0 ? null : Math.min(...kept);
}

function reach(to: number, from: number): number {
  return Math.abs(Math.log(to / from));
}
