/**
 * Samples below which a percentile has no distribution-free 95 % upper limit: the largest of n samples lies above the
 * quantile p with probability 1 - p^n, so n >= ln 0.05 / ln p is needed: 59 for p95, 299 for p99, 2,995 for p99.9.
 * G. J. Hahn, W. Q. Meeker, "Statistical Intervals" (1991), §5.
 */
const ALPHA = 0.05;

/** @param percentile between 0 and 100, both excluded. */
export function sampleMinimum(percentile: number): number {
  return Math.ceil(Math.log(ALPHA) / Math.log(percentile / 100));
}
