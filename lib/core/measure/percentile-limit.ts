/**
 * Distribution-free confidence limits of a percentile by order statistics: P(X_(k) > q_p) = P(Bin(n, p) <= k - 1), so the
 * one-sided 95 % upper limit is X_(k) with k = min{ k : BinCDF(k-1; n, p) >= 0.95 } and the lower one the mirror image.
 * G. J. Hahn, W. Q. Meeker, "Statistical Intervals" (1991), §5.2; BinCDF(k-1; n, p) = I_{1-p}(n-k+1, k).
 */
import type { Histogram } from '../load/histogram.ts';
import { incompleteBeta } from './incomplete-beta.ts';

const CONFIDENCE = 0.95;

/** P(Bin(n, p) <= k - 1), 1 <= k <= n. */
function below(k: number, n: number, p: number): number {
  return incompleteBeta(1 - p, n - k + 1, k);
}

/** The smallest rank in 1..n whose probability reaches `level`; null when none does. */
function firstRank(n: number, p: number, level: number): number | null {
  if (n < 1 || below(n, n, p) < level) return null;
  let low = 1;
  let high = n;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (below(middle, n, p) >= level) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rank of the upper limit among n samples, one-sided, 95 % unless told; null under the sample minimum. */
export function upperRank(n: number, percentile: number, confidence = CONFIDENCE): number | null {
  return firstRank(n, percentile / 100, confidence);
}

/** Rank of the lower limit: at 95 % the largest k with BinCDF(k-1; n, p) <= 0.05; null when even the smallest sample is too high. */
export function lowerRank(n: number, percentile: number, confidence = CONFIDENCE): number | null {
  const over = firstRank(n, percentile / 100, 1 - confidence + Number.EPSILON);
  const rank = (over ?? n + 1) - 1;
  return rank >= 1 ? rank : null;
}

/** Value no less than the percentile with 95 % confidence; null under the sample minimum or when failures reach that rank. */
export function percentileUpperMs(histogram: Histogram, percentile: number): number | null {
  const rank = upperRank(histogram.count, percentile);
  return rank === null ? null : histogram.ceilingAtRank(rank);
}

/** Value no more than the percentile with 95 % confidence. */
export function percentileLowerMs(histogram: Histogram, percentile: number): number | null {
  const rank = lowerRank(histogram.count, percentile);
  return rank === null ? null : histogram.floorAtRank(rank);
}
