/** What a configuration did at one load: the same stair of all its repeats, pooled. */
import { Histogram } from '../load/histogram.ts';
import type { Interval } from '../measure/batch-means.ts';
import type { Measurement, StairMeasurement } from '../measure/measurement.ts';
import { type ObjectiveVerdict, objectiveVerdict } from '../measure/objective-verdict.ts';
import { type MissingPercentile, readPercentile } from '../measure/percentile.ts';
import { errorTotal } from '../measure/rules/error-total.ts';
import { throughputOf } from '../measure/throughput.ts';
import type { Slo } from './goal.ts';

export interface OperatingPoint {
  /** null for a single figure of a source. */
  stairId: string | null;
  ratePerSecond: number;
  itemsPerSecond: number;
  /** 95 % interval of the rate in requests per second. */
  interval: Interval | null;
  /** Requests that the percentile is read from; null for a single figure of a source. */
  requests: number | null;
  /** The objective's percentile, or the source's own statistic. */
  latencyMs: number | null;
  latencyInterval: Interval | null;
  /** Why there is no latency. */
  missing: MissingPercentile | 'not-reported' | null;
  errorRate: number | null;
  /**
   * The tightest latency limit that this load is known to keep: the upper 95 % limit of its percentile, or the single figure of
   * a source as it stands. null where it keeps none: too few requests for a limit, one among failures, errors, no rate.
   */
  keepsMs: number | null;
  /** Whether this load kept the objective, with confidence; null for a single figure of a source. */
  objective: ObjectiveVerdict | null;
  /** The lower confidence bound of the error rate is above the limit. */
  errorsOver: boolean;
  /** Rate of each window, in order, for paired comparison. */
  windowRates: readonly number[];
}

/** Ascending by offered load, as in the measurements. */
export function operatingPoints(measurements: readonly Measurement[], slo: Slo): OperatingPoint[] {
  const items = measurements[0]?.itemsPerRequest ?? 1;
  const ids = [...new Set(measurements.flatMap((m) => m.stairs.map((s) => s.id)))];
  const pooled = ids.map((id) => {
    const repeats = measurements.flatMap((m) => m.stairs.filter((s) => s.id === id));
    return poolStair(repeats, items, slo);
  });
  const scalar = scalarPoint(measurements, items, slo);
  return scalar === null ? pooled : [...pooled, scalar];
}

/**
 * Histograms of repeats add up; percentiles of repeats would not.
 * @param repeats the same stair, once for each repeat; at least one
 */
export function poolStair(repeats: readonly StairMeasurement[], items: number, slo: Slo): OperatingPoint {
  const latency = repeats.reduce((all, s) => all.merge(Histogram.decode(s.latency)), new Histogram());
  const requests = repeats.reduce((sum, s) => sum + s.requests, 0);
  const failed = repeats.reduce((sum, s) => sum + errorTotal(s.errors), 0);
  const { ratePerSecond, interval } = throughputOf(repeats);
  const read = readPercentile(latency, slo.percentile);
  const objective = objectiveVerdict({ latency, requests, failed }, slo);
  return {
    stairId: repeats[0]!.id,
    ratePerSecond,
    itemsPerSecond: ratePerSecond * items,
    interval,
    requests,
    latencyMs: typeof read === 'number' ? read : null,
    latencyInterval: finite(objective.lowerMs, objective.upperMs),
    missing: typeof read === 'number' ? null : read,
    keepsMs: ratePerSecond > 0 && !objective.errorsOver ? finiteMs(objective.upperMs) : null,
    errorRate: requests === 0 ? null : failed / requests,
    objective,
    errorsOver: objective.errorsOver,
    windowRates: repeats.flatMap((s) => s.windowRates),
  };
}

/** A limit among failures is no latency. */
function finiteMs(limit: number | null): number | null {
  return limit !== null && Number.isFinite(limit) ? limit : null;
}

function finite(low: number | null, high: number | null): Interval | null {
  const finiteHigh = finiteMs(high);
  return low === null || finiteHigh === null ? null : { low, high: finiteHigh };
}

const SECONDS_PER_MINUTE = 60;

/** Repeats of a scalar: the mean rate, and the worst latency because a percentile has no mean. */
function scalarPoint(measurements: readonly Measurement[], items: number, slo: Slo): OperatingPoint | null {
  const figures = measurements.flatMap((m) => (m.scalar === null ? [] : [m.scalar]));
  const rates = figures.flatMap((f) => (f.requestsPerMinute === null ? [] : [f.requestsPerMinute]));
  if (rates.length === 0) return null;
  const latencies = figures.flatMap((f) => (f.latencyMs === null ? [] : [f.latencyMs]));
  const errors = figures.flatMap((f) => (f.errorRate === null ? [] : [f.errorRate]));
  const ratePerSecond = rates.reduce((sum, r) => sum + r, 0) / rates.length / SECONDS_PER_MINUTE;
  const errorRate = errors.length === 0 ? null : Math.max(...errors);
  const latencyMs = latencies.length === 0 ? null : Math.max(...latencies);
  const errorsOver = errorRate !== null && errorRate > slo.maxErrorRate;
  return {
    stairId: null,
    ratePerSecond,
    itemsPerSecond: ratePerSecond * items,
    interval: null,
    requests: null,
    latencyMs,
    latencyInterval: null,
    missing: latencyMs === null ? 'not-reported' : null,
    keepsMs: ratePerSecond > 0 && !errorsOver ? latencyMs : null,
    errorRate,
    objective: null,
    errorsOver,
    windowRates: [],
  };
}
