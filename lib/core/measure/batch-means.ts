/**
 * 95 % confidence interval of the mean of an autocorrelated series by batch means: neighbours are averaged into at least ten
 * batches, whose means are nearly independent, and Student's t is applied to those.
 * R. W. Conway, "Some Tactical Problems in Digital Simulation", Management Science 10 (1963); B. Schmeiser, "Batch Size
 * Effects in the Analysis of Simulation Output", Operations Research 30 (1982): 10 to 30 batches.
 *
 * What correlation the means still have makes the variance of their mean (1 + ρ) / (1 - ρ) times what it seems (the limit of a
 * first-order autoregression; the effective sample size), and the ρ of so few is found low by 1/n on average
 * (F. H. C. Marriott, J. A. Pope, "Bias in the Estimation of Autocorrelations", Biometrika 41 (1954)). Recorded windows of a
 * crowded host are correlated by up to 0.8: without this their intervals cover 90 to 92 %. Where the level itself moves, since
 * something else on the host begins or ends, sixty windows are too few to show it (86 to 90 % on three of ten later recordings);
 * with 120, all cover 92 to 97 % but one, whose burst of five windows many resamples do not hold: 89 %. `bench:stats` shows each.
 */
import { studentT } from './student-t.ts';

export interface Interval {
  low: number;
  high: number;
}

export const BATCHES = 10;
const CONFIDENCE = 0.95;

/** Beyond it so few means tell little, and the factor has no bound. */
const MOST_CORRELATION = 0.6;

/**
 * Batches hold floor(n / 10) values each, so there are ten for multiples of ten and never more than 19; what does not fill a
 * batch is dropped from the front, where a run is least settled. Shorter series are batches of one.
 */
export function batchesOf(series: readonly number[]): number[] {
  const size = Math.max(1, Math.floor(series.length / BATCHES));
  const count = Math.floor(series.length / size);
  const first = series.length - count * size;
  return Array.from({ length: count }, (_, b) => mean(series.slice(first + b * size, first + (b + 1) * size)));
}

/** @returns null for fewer than two values: they say nothing about their spread. */
export function batchMeans(series: readonly number[]): Interval | null {
  if (series.length < 2) return null;
  const means = batchesOf(series);
  const count = means.length;
  const centre = mean(means);
  const variance = means.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (count - 1);
  // Batches of one are too few values to tell correlation from chance.
  const rho = count === series.length ? 0 : correlation(means, centre);
  const half = studentT(1 - (1 - CONFIDENCE) / 2, count - 1) * Math.sqrt((variance / count) * ((1 + rho) / (1 - rho)));
  return { low: centre - half, high: centre + half };
}

/** Of neighbours, corrected for its bias; never below 0, which would only narrow the interval. */
function correlation(values: readonly number[], centre: number): number {
  const square = values.reduce((sum, y) => sum + (y - centre) ** 2, 0);
  if (square === 0) return 0;
  const product = values.slice(1).reduce((sum, y, i) => sum + (y - centre) * (values[i]! - centre), 0);
  return Math.min(MOST_CORRELATION, Math.max(0, product / square + 1 / values.length));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
