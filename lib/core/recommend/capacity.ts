/** Capacity of one instance: the highest rate it sustained inside the latency objective and the error limit. */
import type { Measurement } from '../measure/measurement.ts';
import type { Slo } from './goal.ts';
import { type OperatingPoint, operatingPoints } from './operating-point.ts';

/** A point that kept the objective; its latency is known. */
export type FeasiblePoint = OperatingPoint & { latencyMs: number };

export function feasiblePoints(points: readonly OperatingPoint[], sloMs: number): FeasiblePoint[] {
  return points.filter(
    (p): p is FeasiblePoint => p.latencyMs !== null && p.latencyMs <= sloMs && !p.errorsOver && p.ratePerSecond > 0,
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
