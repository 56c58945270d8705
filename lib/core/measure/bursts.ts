/**
 * On how many independent bursts the mean of a series rests. Bursts that come by chance, λ in a series on average, make a mean of
 * skewness 1/√λ where all are alike, and of more where they differ (the cumulants of a compound Poisson sum); so a skewness g of
 * the mean is that of 1/g² bursts. It is told from thirty batch means, of which (1 - ρ) / (1 + ρ) count as independent. A series
 * without bursts is hardly skewed, and has hundreds.
 */
import { batchesOf, lagOneCorrelation, MOST_BATCHES } from './batch-means.ts';
import { skewness } from './skewness.ts';

/**
 * One series in twenty (e⁻³) holds none of what comes three times in a series on average: of what comes less often, no interval
 * made from the series alone covers the mean with 95 %.
 */
export const FEW_BURSTS = 3;

/** @returns null for fewer values than batches: chance skews a few as much as bursts would. */
export function burstsIn(series: readonly number[]): number | null {
  if (series.length < MOST_BATCHES) return null;
  const means = batchesOf(series, MOST_BATCHES);
  const rho = lagOneCorrelation(means);
  return (means.length * (1 - rho)) / (1 + rho) / skewness(means) ** 2;
}
