/**
 * Series drawn from a recorded one whose true mean is known: blocks of neighbours, the end joined to the beginning so that
 * every window is drawn as often as any other and the mean of the record is the truth.
 * D. N. Politis, J. P. Romano, "A Circular Block-Resampling Procedure for Stationary Data" (1992).
 */
import { drawBelow } from '../lib/core/load/seeded-random.ts';

/** Neighbours that stay together: beyond the correlation of one-second windows, far below the length of a series. */
export const BLOCK = 5;

export function resample<T>(record: readonly T[], n: number, seed: number): T[] {
  const series: T[] = [];
  for (let block = 0; series.length < n; block++) {
    const from = drawBelow(record.length, seed, block);
    for (let i = 0; i < BLOCK && series.length < n; i++) series.push(record[(from + i) % record.length]!);
  }
  return series;
}

/**
 * Ratios of resampled pairs of two equal servers, first over second. Which of equals is called the first is arbitrary: each block
 * is turned round or not by lot, so that the truth is 1.
 */
export function resampleEquals(pairs: readonly (readonly [number, number])[], n: number, seed: number): number[] {
  const ratios: number[] = [];
  for (let block = 0; ratios.length < n; block++) {
    const from = drawBelow(2 * pairs.length, seed, block);
    const turned = from >= pairs.length;
    for (let i = 0; i < BLOCK && ratios.length < n; i++) {
      const [first, second] = pairs[(from + i) % pairs.length]!;
      ratios.push(turned ? second / first : first / second);
    }
  }
  return ratios;
}
