/**
 * 95 % confidence interval of the mean of an autocorrelated series by batch means: neighbours are averaged into at least ten
 * batches, whose means are nearly independent, and Student's t is applied to those.
 * R. W. Conway, "Some Tactical Problems in Digital Simulation", Management Science 10 (1963); B. Schmeiser, "Batch Size
 * Effects in the Analysis of Simulation Output", Operations Research 30 (1982): 10 to 30 batches.
 */
import { studentT } from './student-t.ts';

export interface Interval {
  low: number;
  high: number;
}

export const BATCHES = 10;
const CONFIDENCE = 0.95;

/**
 * Batches hold floor(n / 10) values each, so there are ten for multiples of ten and never more than 19; what does not fill a
 * batch is dropped from the front, where a run is least settled. Shorter series are batches of one.
 * @returns null for fewer than two values: they say nothing about their spread.
 */
export function batchMeans(series: readonly number[]): Interval | null {
  if (series.length < 2) return null;
  const size = Math.max(1, Math.floor(series.length / BATCHES));
  const count = Math.floor(series.length / size);
  const first = series.length - count * size;
  const means = Array.from({ length: count }, (_, b) => mean(series.slice(first + b * size, first + (b + 1) * size)));
  const centre = mean(means);
  const variance = means.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (count - 1);
  const half = studentT(1 - (1 - CONFIDENCE) / 2, count - 1) * Math.sqrt(variance / count);
  return { low: centre - half, high: centre + half };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
