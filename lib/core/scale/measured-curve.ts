/** From the measurements of one configuration to what a simulation knows of its instances. */
import { Histogram } from '../load/histogram.ts';
import type { Measurement, StairMeasurement } from '../measure/measurement.ts';
import { throughputOf } from '../measure/throughput.ts';
import type { CapacityCurve } from './capacity-curve.ts';

interface Limits {
  percentile: number;
  latencyMs: number;
}

interface Point {
  ratePerSecond: number;
  share: number;
  medianMs: number | null;
}

/** @param capacityPerMinute that the recommendation counts with; rates above it are not inside the objective */
export function measuredCurve(
  measurements: readonly Measurement[],
  slo: Limits,
  capacityPerMinute: number,
): CapacityCurve {
  const capacityPerSecond = capacityPerMinute / 60;
  const points = pointsOf(measurements, slo.latencyMs);
  const inside = points.filter((p) => p.share <= allowedShare(slo));
  const top = inside.at(-1);
  if (top === undefined) return scalarCurve(measurements, slo, capacityPerSecond);
  let share = 0;
  return {
    capacityPerSecond,
    maxPerSecond: Math.max(capacityPerSecond, ...points.map((p) => p.ratePerSecond)),
    slackS: Math.max(0, slo.latencyMs - (top.medianMs ?? slo.latencyMs)) / 1000,
    // More load never makes answers earlier: a dip is noise.
    late: inside.map((p) => {
      share = Math.max(share, p.share);
      return { ratePerSecond: p.ratePerSecond, share };
    }),
  };
}

/** Share of answers that may be late. */
export function allowedShare({ percentile }: Pick<Limits, 'percentile'>): number {
  return Number((1 - percentile / 100).toPrecision(6));
}

/** A single figure says where the limit is and nothing below it: until there no answer counts as late. */
function scalarCurve(measurements: readonly Measurement[], slo: Limits, capacityPerSecond: number): CapacityCurve {
  const latencies = measurements.flatMap((m) => (m.scalar?.latencyMs == null ? [] : [m.scalar.latencyMs]));
  const slackMs = Math.max(0, slo.latencyMs - Math.max(0, ...latencies));
  return { capacityPerSecond, maxPerSecond: capacityPerSecond, slackS: slackMs / 1000, late: [] };
}

/** Ascending by rate, repeats pooled; of equal rates the one that is late least. */
function pointsOf(measurements: readonly Measurement[], limitMs: number): Point[] {
  const stairs = measurements.flatMap((m) => m.stairs);
  const ids = [...new Set(stairs.map((s) => s.id))];
  return ids
    .map((id) =>
      pool(
        stairs.filter((s) => s.id === id),
        limitMs,
      ),
    )
    .filter((p) => p.ratePerSecond > 0)
    .sort((a, b) => a.ratePerSecond - b.ratePerSecond || b.share - a.share);
}

function pool(repeats: readonly StairMeasurement[], limitMs: number): Point {
  const latency = repeats.reduce((all, s) => all.merge(Histogram.decode(s.latency)), new Histogram());
  return {
    ratePerSecond: throughputOf(repeats).ratePerSecond,
    share: shareAbove(latency, limitMs),
    medianMs: latency.percentile(50),
  };
}

/** Failures count as late. */
function shareAbove(latency: Histogram, ms: number): number {
  let [low, high] = [0, latency.count];
  while (low < high) {
    const rank = Math.ceil((low + high) / 2);
    if ((latency.atRank(rank) ?? Number.POSITIVE_INFINITY) <= ms) low = rank;
    else high = rank - 1;
  }
  return latency.count === 0 ? 1 : 1 - low / latency.count;
}
