/**
 * Latency percentile of one configuration at one load with limits by order statistics (percentile-limit.ts), for a sample in
 * which neighbours resemble each other: the limits are those of n / deff independent requests, laid on the whole histogram.
 * R. S. Woodruff, "Confidence Intervals for Medians and Other Position Measures", JASA 47 (1952); design effect as in L. Kish,
 * "Survey Sampling" (1965), §8.2, here the variance of the mean by batch means over that of independent requests.
 */
import { Histogram } from '../load/histogram.ts';
import { batchesOf, mean } from '../measure/batch-means.ts';
import type { StairMeasurement } from '../measure/measurement.ts';
import { type MissingPercentile, readPercentile } from '../measure/percentile.ts';
import { lowerRank, upperRank } from '../measure/percentile-limit.ts';
import { betweenDeployments } from './between-deployments.ts';
import { type LogEstimate, symmetric } from './log-estimate.ts';

/** @param repeats the same stair, once for each deployment. @returns the reason when there is no such percentile. */
export function latencyEstimate(
  repeats: readonly StairMeasurement[],
  percentile: number,
  confidence: number,
): LogEstimate | MissingPercentile {
  const own = repeats.map((s) => Histogram.decode(s.latency));
  const latency = own.reduce((all, h) => all.merge(h), new Histogram());
  const read = readPercentile(latency, percentile);
  if (typeof read !== 'number') return read;
  const tail = (1 - confidence) / 2;
  const minimum = Math.ceil(Math.log(tail) / Math.log(percentile / 100));
  const independent = Math.floor(latency.count / designEffect(repeats, latency));
  const limit = (rank: number | null, ceiling: boolean): number | null => {
    if (rank === null) return null;
    const k = Math.ceil((rank / independent) * latency.count);
    const ms = ceiling ? latency.ceilingAtRank(k) : latency.floorAtRank(Math.max(1, k));
    return ms === null ? null : Math.log(ms);
  };
  const within: LogEstimate = {
    figure: read,
    value: Math.log(read),
    low: limit(lowerRank(independent, percentile, 1 - tail), false),
    high: limit(upperRank(independent, percentile, 1 - tail), true),
    samples: latency.count,
    unit: 'requests',
    minimum: Math.ceil((minimum * latency.count) / Math.max(1, independent)),
  };
  const figures = own.map((h) => readPercentile(h, percentile)).filter((v) => typeof v === 'number');
  const between = figures.length === own.length ? betweenDeployments(figures, confidence) : null;
  const reach = Math.max(within.value - (within.low ?? within.value), (within.high ?? within.value) - within.value);
  if (between === null || between <= reach || within.low === null || within.high === null) return within;
  return symmetric(read, between, { samples: repeats.length, unit: 'deployments', minimum: 2 });
}

const VARIANCE_RANKS = 400;

/** At least 1; 1 where too few seconds were kept to tell. */
export function designEffect(repeats: readonly StairMeasurement[], latency: Histogram): number {
  const seconds = repeats.flatMap((s) => s.seconds.flat()).filter((s) => s.good > 0);
  if (seconds.length < 3) return 1;
  const batches = batchesOf(seconds.map((s) => s.latencySumMs / s.good));
  const requests = seconds.reduce((sum, s) => sum + s.good, 0);
  const independent = varianceOf(quantiles(latency)) / requests;
  return independent > 0 ? Math.max(1, varianceOf(batches) / batches.length / independent) : 1;
}

/** Evenly spaced, finite: they have the variance of the samples. */
function quantiles(latency: Histogram): number[] {
  const finite = latency.count - latency.overflow;
  const n = Math.min(VARIANCE_RANKS, finite);
  return Array.from({ length: n }, (_, i) => latency.atRank(Math.ceil(((i + 0.5) / n) * finite))!);
}

function varianceOf(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1);
}
