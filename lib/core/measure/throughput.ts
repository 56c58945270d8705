/** Rate of good answers with its 95 % interval, from one stair or the same stair of several repeats. */
import { BATCHES, batchMeans, type Interval, type MeanInterval } from './batch-means.ts';
import type { StairMeasurement } from './measurement.ts';

export interface Throughput {
  ratePerSecond: number;
  /** null when there is too little to tell the spread. */
  interval: Interval | null;
}

/** Good answers of every measured second, window after window. */
export function wholeSeconds(stair: Pick<StairMeasurement, 'seconds'>): number[] {
  return stair.seconds.flatMap((window) => window.map((s) => s.good));
}

/** @param stairs the same stair, once for each repeat; at least one. */
export function throughputOf(stairs: readonly StairMeasurement[]): Throughput {
  const durationS = stairs.reduce((sum, s) => sum + s.durationS, 0);
  const completed = stairs.reduce((sum, s) => sum + s.completedInWindow, 0);
  const ratePerSecond = durationS > 0 ? completed / durationS : 0;
  return { ratePerSecond, interval: around(ratePerSecond, batchMeans(seriesOf(stairs))) };
}

/** Windows where there are enough of them, else whole seconds, else the few windows there are. */
export function seriesOf(stairs: readonly StairMeasurement[]): number[] {
  const windows = stairs.flatMap((s) => s.windowRates);
  if (windows.length >= BATCHES) return windows;
  const seconds = stairs.flatMap(wholeSeconds);
  return seconds.length >= BATCHES ? seconds : windows;
}

/** Batches may leave out a head; the limits are as far from the rate reported as from their mean. A rate is never negative. */
function around(rate: number, interval: MeanInterval | null): Interval | null {
  if (interval === null) return null;
  const shift = rate - interval.mean;
  return { low: Math.max(0, interval.low + shift), high: interval.high + shift };
}
