/**
 * Exact one-sided confidence limits of a proportion from `hits` in `n` trials.
 * C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
 * Biometrika 26 (1934): the limits are beta quantiles, lower B(α; k, n-k+1) and upper B(1-α; k+1, n-k).
 * The two together at α = 0.025 make the usual two-sided 95 % interval.
 */
import { bisect } from './bisect.ts';
import { incompleteBeta } from './incomplete-beta.ts';

export function clopperPearsonLower(hits: number, n: number, alpha = 0.05): number {
  if (n === 0 || hits === 0) return 0;
  return bisect((x) => incompleteBeta(x, hits, n - hits + 1), alpha, 0, 1);
}

export function clopperPearsonUpper(hits: number, n: number, alpha = 0.05): number {
  if (n === 0 || hits === n) return 1;
  return bisect((x) => incompleteBeta(x, hits + 1, n - hits), 1 - alpha, 0, 1);
}
