/**
 * 95 % confidence interval of the mean of an autocorrelated series by batch means: neighbours are averaged into at least ten
 * batches, whose means are nearly independent, and Student's t is applied to those.
 * R. W. Conway, "Some Tactical Problems in Digital Simulation", Management Science 10 (1963); B. Schmeiser, "Batch Size
 * Effects in the Analysis of Simulation Output", Operations Research 30 (1982): 10 to 30 batches.
 *
 * What correlation the means still have makes the variance of their mean (1 + ρ) / (1 - ρ) times what it seems (the limit of a
 * first-order autoregression; the effective sample size), and the ρ of so few is found low by 1/n on average
 * (F. H. C. Marriott, J. A. Pope, "Bias in the Estimation of Autocorrelations", Biometrika 41 (1954)). Recorded windows of a
 * crowded host are correlated by up to 0.8: without this their intervals cover 90 to 92 %.
 *
 * Where a rate has bursts or stalls, its mean is skewed, and the limit on their side lies further off (`skewed-t.ts`): of three in
 * a series on average symmetric limits cover 81 to 91 % and these 91 to 95 %, of six 89 to 92 % and 94 to 98 %, at up to twice the
 * length; where there are none, the length grows by 1 %. Of what a series does not hold no interval tells: `bursts.ts`.
 * `bench:stats` shows each.
 */
import { skewedT } from './skewed-t.ts';
import { skewness } from './skewness.ts';
import { studentT } from './student-t.ts';

export interface Interval {
  low: number;
  high: number;
}

export interface MeanInterval extends Interval {
  /** Of the batches: nearer to one limit than to the other where the values are skewed. */
  mean: number;
}

export const BATCHES = 10;
/** What a skewness is told from: ten tell too little of it. */
export const MOST_BATCHES = 30;
const CONFIDENCE = 0.95;

/** Beyond it so few means tell little, and the factor has no bound. */
const MOST_CORRELATION = 0.6;

/**
 * Batches hold floor(n / 10) values each, so there are ten for multiples of ten and never more than 19; what does not fill a
 * batch is dropped from the front, where a run is least settled. Shorter series are batches of one.
 */
export function batchesOf(series: readonly number[], least: number = BATCHES): number[] {
  const size = Math.max(1, Math.floor(series.length / least));
  const count = Math.floor(series.length / size);
  const first = series.length - count * size;
  return Array.from({ length: count }, (_, b) => mean(series.slice(first + b * size, first + (b + 1) * size)));
}

/** @returns null for fewer than two values: they say nothing about their spread. */
export function batchMeans(series: readonly number[]): MeanInterval | null {
  if (series.length < 2) return null;
  const means = batchesOf(series);
  const count = means.length;
  const centre = mean(means);
  const variance = means.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (count - 1);
  // Batches of one are too few values to tell correlation or skewness from chance.
  const few = count === series.length;
  const rho = few ? 0 : lagOneCorrelation(means);
  const skew = few ? 0 : skewnessOfMean(series);
  const error = Math.sqrt((variance / count) * ((1 + rho) / (1 - rho)));
  const t = studentT(1 - (1 - CONFIDENCE) / 2, count - 1);
  return { low: centre - skewedT(t, skew) * error, mean: centre, high: centre - skewedT(-t, skew) * error };
}

function skewnessOfMean(series: readonly number[]): number {
  const means = batchesOf(series, MOST_BATCHES);
  return skewness(means) / Math.sqrt(means.length);
}

/** Of neighbours, corrected for its bias; never below 0, which would only narrow an interval, and at most 0.6. */
export function lagOneCorrelation(values: readonly number[]): number {
  const centre = mean(values);
  const square = values.reduce((sum, y) => sum + (y - centre) ** 2, 0);
  if (square === 0) return 0;
  const product = values.slice(1).reduce((sum, y, i) => sum + (y - centre) * (values[i]! - centre), 0);
  return Math.min(MOST_CORRELATION, Math.max(0, product / square + 1 / values.length));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
