/**
 * Who wins at which latency objective. The winner can only change where a point becomes feasible, so the latencies of all
 * points cut the axis into intervals, each with one winner.
 */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { winner } from './rank.ts';

export interface SloInterval {
  /** The winner holds for objectives in [fromMs, toMs). */
  fromMs: number;
  toMs: number;
  winner: Candidate;
}

/**
 * Rows times steps that are looked at, those steps nearest the objective: 10,000 rows stay affordable. Below 1,000 rows
 * nothing is left out.
 */
const MAX_WORK = 1_000_000;
const MIN_STEPS = 50;

export function sloMap(field: readonly Candidate[], goal: Goal): SloInterval[] {
  const points = field.flatMap((c) => (goal.whatIf ? [...c.points, ...c.reserve] : c.points));
  const latencies = points.flatMap((p) => (p.latencyMs === null || p.errorsOver ? [] : [p.latencyMs]));
  const all = [...new Set(latencies)].filter((ms) => ms > 0).sort((a, b) => a - b);
  const above = all.findIndex((ms) => ms > goal.sloMs);
  const middle = above < 0 ? all.length : above;
  const half = Math.max(MIN_STEPS, Math.floor(MAX_WORK / field.length / 2));
  const first = Math.max(0, middle - half);
  const steps = all.slice(first, middle + half);
  return steps.flatMap((fromMs, i) => {
    const toMs = all[first + i + 1] ?? Number.POSITIVE_INFINITY;
    const best = winner(field, { ...goal, sloMs: fromMs });
    return best === null ? [] : [{ fromMs, toMs, winner: best.candidate }];
  });
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
