/** What pairs of windows say so far about which of two is faster; it may be asked after every pair (`anytime-interval.ts`). */
import { anytimeInterval } from './anytime-interval.ts';
import type { Interval } from './batch-means.ts';

/**
 * Ratios this near to 1 make no difference: R. E. Bechhofer, "A Single-Sample Multiple Decision Procedure for Ranking Means",
 * Annals of Mathematical Statistics 25 (1954), the indifference zone.
 */
export const INDIFFERENCE = 0.02;

export interface PairedVerdict {
  /** `open`: more pairs are needed. */
  winner: 'first' | 'second' | 'tie' | 'open';
  /** First over second, geometric mean of the pairs; null without any. */
  ratio: number | null;
  /** 95 %, at all numbers of pairs at once; null while there are too few. */
  interval: Interval | null;
}

/** @param ratios of each pair, first over second; all above 0. */
export function pairedVerdict(ratios: readonly number[]): PairedVerdict {
  if (ratios.length === 0) return { winner: 'open', ratio: null, interval: null };
  const logs = ratios.map(Math.log);
  const ratio = Math.exp(logs.reduce((sum, v) => sum + v, 0) / logs.length);
  const logInterval = anytimeInterval(logs);
  if (logInterval === null) return { winner: 'open', ratio, interval: null };
  const interval = { low: Math.exp(logInterval.low), high: Math.exp(logInterval.high) };
  return { winner: winnerOf(interval), ratio, interval };
}

/** A difference too small to matter is a tie, even where it is sure. */
function winnerOf({ low, high }: Interval): PairedVerdict['winner'] {
  if (low >= 1 / (1 + INDIFFERENCE) && high <= 1 + INDIFFERENCE) return 'tie';
  if (low > 1) return 'first';
  return high < 1 ? 'second' : 'open';
}
