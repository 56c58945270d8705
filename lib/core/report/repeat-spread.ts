/** Whether repeats of one configuration say the same: more than their own spread between them is a fault of the experiment. */
import type { Interval } from '../measure/batch-means.ts';
import type { Measurement } from '../measure/measurement.ts';
import { type OperatingPoint, operatingPoints } from '../recommend/operating-point.ts';
import type { Recommendation } from '../recommend/recommendation.ts';
import { candidatesFor } from './candidates-for.ts';
import type { ReportRow } from './row.ts';

export interface RepeatSpread {
  configuration: string;
  instanceType: string;
  stair: string | null;
  repeats: number;
  /** Slowest and fastest repeat at that load. */
  ratePerSecond: Interval;
  latencyMs: Interval | null;
  /** Some two repeats have rates whose 95 % intervals do not meet; null where any has none. */
  disagree: boolean | null;
}

/** Rows of which several measurements count, in the order of the rows. */
export function repeatSpreads(
  recommendation: Recommendation,
  measurements: readonly Measurement[],
  rows: readonly ReportRow[],
): RepeatSpread[] {
  const candidates = new Map(candidatesFor(recommendation, measurements).map((c) => [c.configuration.id, c]));
  return rows.flatMap((row) => {
    const used = candidates.get(row.id)?.used ?? [];
    const points = used.flatMap((m) =>
      operatingPoints([m], recommendation.slo).filter((p) => p.stairId === row.stair && p.ratePerSecond > 0),
    );
    if (points.length < 2) return [];
    const { configuration, instanceType, stair } = row;
    return [
      {
        configuration,
        instanceType,
        stair,
        repeats: points.length,
        ratePerSecond: range(points.map((p) => p.ratePerSecond)),
        latencyMs: latencies(points),
        disagree: apart(points),
      },
    ];
  });
}

function latencies(points: readonly OperatingPoint[]): Interval | null {
  const known = points.flatMap((p) => p.latencyMs ?? []);
  return known.length === 0 ? null : range(known);
}

/** Intervals all meet exactly when the highest lower end is below the lowest upper end. */
function apart(points: readonly OperatingPoint[]): boolean | null {
  const intervals = points.flatMap((p) => p.interval ?? []);
  if (intervals.length < points.length) return null;
  return Math.max(...intervals.map((i) => i.low)) > Math.min(...intervals.map((i) => i.high));
}

function range(values: readonly number[]): Interval {
  return { low: Math.min(...values), high: Math.max(...values) };
}
