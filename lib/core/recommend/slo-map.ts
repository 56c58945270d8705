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

/** The axis is looked at in this many steps at most, those nearest the objective: 10,000 rows stay affordable. */
const MAX_STEPS = 2000;

export function sloMap(field: readonly Candidate[], goal: Goal): SloInterval[] {
  const points = field.flatMap((c) => (goal.whatIf ? [...c.points, ...c.reserve] : c.points));
  const latencies = points.flatMap((p) => (p.latencyMs === null || p.errorsOver ? [] : [p.latencyMs]));
  const all = [...new Set(latencies)].filter((ms) => ms > 0).sort((a, b) => a - b);
  const above = all.findIndex((ms) => ms > goal.sloMs);
  const middle = above < 0 ? all.length : above;
  const first = Math.max(0, middle - MAX_STEPS / 2);
  const steps = all.slice(first, middle + MAX_STEPS / 2);
  return steps.flatMap((fromMs, i) => {
    const toMs = all[first + i + 1] ?? Number.POSITIVE_INFINITY;
    const best = winner(field, { ...goal, sloMs: fromMs });
    return best === null ? [] : [{ fromMs, toMs, winner: best.candidate }];
  });
}

/** The objective nearest to `sloMs` at which `row` wins; null when there is none. */
export function nearestWinningSlo(map: readonly SloInterval[], row: Candidate, sloMs: number): number | null {
  const mine = map.filter((interval) => interval.winner === row).map((interval) => nearestIn(interval, sloMs));
  return mine.reduce<number | null>((best, ms) => {
    if (best === null) return ms;
    return Math.abs(Math.log(ms / sloMs)) < Math.abs(Math.log(best / sloMs)) ? ms : best;
  }, null);
}

/** Above the objective its lower end; below, the largest whole millisecond that is still inside, else its lower end. */
function nearestIn({ fromMs, toMs }: SloInterval, sloMs: number): number {
  if (fromMs > sloMs) return fromMs;
  const whole = Math.ceil(Math.min(toMs, sloMs)) - 1;
  return whole >= fromMs ? whole : fromMs;
}
