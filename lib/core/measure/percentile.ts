/** The one way to read a percentile off a histogram for people and for decisions. */
import type { Histogram } from '../load/histogram.ts';
import { sampleMinimum } from './sample-minimum.ts';

export type MissingPercentile = 'too-few-samples' | 'failures';

/** The nearest-rank value in milliseconds, or the reason why there is none. */
export function readPercentile(histogram: Histogram, percentile: number): number | MissingPercentile {
  if (histogram.count < sampleMinimum(percentile)) return 'too-few-samples';
  return histogram.percentile(percentile) ?? 'failures';
}

/** The same with null for both reasons. */
export function percentileMs(histogram: Histogram, percentile: number): number | null {
  const value = readPercentile(histogram, percentile);
  return typeof value === 'number' ? value : null;
}
