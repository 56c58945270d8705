/**
 * 95 % interval of the mean log ratio of two series that were taken side by side: a drift of the host moves both, so their
 * ratio shows differences that their own intervals hide. Paired t on log ratios, through batch means for long series
 * (G. Cochran, W. Cox, "Experimental Designs" (1957), §2; batches as in batch-means.ts).
 */
import { batchMeans, type Interval } from './batch-means.ts';

/** @returns null when the series do not pair or hold a zero. */
export function pairedLogRatio(a: readonly number[], b: readonly number[]): Interval | null {
  if (a.length !== b.length || a.some((v) => v <= 0) || b.some((v) => v <= 0)) return null;
  return batchMeans(a.map((v, i) => Math.log(v / b[i]!)));
}
