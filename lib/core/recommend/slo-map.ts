/**
 * Who wins at which latency objective. The winner can only change where some row's best load becomes another, so those
 * latencies cut the axis into intervals, each with one winner.
 */
import type { Candidate } from './candidate.ts';
import { entrySteps } from './entries.ts';
import type { Goal } from './goal.ts';
import { Tournament } from './tournament.ts';

export interface SloInterval {
  /** The winner holds for objectives in [fromMs, toMs). */
  fromMs: number;
  toMs: number;
  winner: Candidate;
}

/** Ascending, without gaps from the tightest limit that any row meets; neighbours have different winners. */
export function sloMap(field: readonly Candidate[], goal: Goal): SloInterval[] {
  const standing = new Tournament(field.length);
  const intervals: SloInterval[] = [];
  for (const { limitMs, changed } of entrySteps(field, goal)) {
    for (const { index, row } of changed) standing.set(index, row);
    const winner = standing.winner!.candidate;
    const last = intervals.at(-1);
    if (last?.winner === winner) continue;
    if (last !== undefined) last.toMs = limitMs;
    intervals.push({ fromMs: limitMs, toMs: Number.POSITIVE_INFINITY, winner });
  }
  return intervals;
}

/** Position of the interval that holds a limit; -1 for a limit that nothing meets. */
export function intervalAt(map: readonly SloInterval[], sloMs: number): number {
  let low = 0;
  let high = map.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (map[middle]!.fromMs <= sloMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The objective of an interval nearest to the stated one: its lower end when it lies above, else the largest whole
 * millisecond that is still inside, else its lower end.
 */
export function nearestIn({ fromMs, toMs }: SloInterval, sloMs: number): number {
  if (fromMs > sloMs) return fromMs;
  const whole = Math.ceil(Math.min(toMs, sloMs)) - 1;
  return whole >= fromMs ? whole : fromMs;
}
