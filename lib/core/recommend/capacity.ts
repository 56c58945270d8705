/** Capacity of one instance: the highest rate that is known, with 95 % confidence, to keep latency objective and error limit. */
import type { Measurement } from '../measure/measurement.ts';
import type { Slo } from './goal.ts';
import { type OperatingPoint, operatingPoints } from './operating-point.ts';

/** A point that keeps the objective; its latency is known. */
export type FeasiblePoint = OperatingPoint & { latencyMs: number; keepsMs: number };

/** A percentile inside the objective is not enough: its upper confidence limit has to be. */
export function keeps(p: OperatingPoint, sloMs: number): p is FeasiblePoint {
  return p.latencyMs !== null && p.keepsMs !== null && p.keepsMs <= sloMs;
}

export function feasiblePoints(points: readonly OperatingPoint[], sloMs: number): FeasiblePoint[] {
  return points.filter((p): p is FeasiblePoint => keeps(p, sloMs));
}

/** Inside the objective as measured, but not by its upper confidence limit: more requests may settle it. */
export function unclearPoints(points: readonly OperatingPoint[], sloMs: number): OperatingPoint[] {
  return points.filter(
    (p) => p.latencyMs !== null && p.latencyMs <= sloMs && p.ratePerSecond > 0 && !p.errorsOver && !keeps(p, sloMs),
  );
}

/** Of loads that do not keep the objective, the one that came nearest to it; null where none has a latency to judge. */
export function closestPoint(points: readonly OperatingPoint[]): OperatingPoint | null {
  const judged = points.filter((p) => p.latencyMs !== null && !p.errorsOver);
  const needed = (p: OperatingPoint) => p.keepsMs ?? Number.POSITIVE_INFINITY;
  return judged.reduce<OperatingPoint | null>(
    (best, p) =>
      best === null || needed(p) < needed(best) || (needed(p) === needed(best) && p.latencyMs! < best.latencyMs!)
        ? p
        : best,
    null,
  );
}

/** Of equal rates the one with the lower latency. */
export function fastestPoint(points: readonly FeasiblePoint[]): FeasiblePoint | null {
  return best(points, (a, b) => b.ratePerSecond - a.ratePerSecond || a.latencyMs - b.latencyMs);
}

/** Where latency is the objective, an instance is run where it answers soonest. */
export function promptestPoint(points: readonly FeasiblePoint[]): FeasiblePoint | null {
  return best(points, (a, b) => a.latencyMs - b.latencyMs || b.ratePerSecond - a.ratePerSecond);
}

function best(
  points: readonly FeasiblePoint[],
  compare: (a: FeasiblePoint, b: FeasiblePoint) => number,
): FeasiblePoint | null {
  return points.reduce<FeasiblePoint | null>((top, p) => (top === null || compare(p, top) < 0 ? p : top), null);
}

/** Of one measurement, or of all repeats of one configuration; null when no load met the objective. */
export function capacityOf(measurements: readonly Measurement[], slo: Slo): FeasiblePoint | null {
  return fastestPoint(feasiblePoints(operatingPoints(measurements, slo), slo.latencyMs));
}
