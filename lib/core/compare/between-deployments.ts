/**
 * Spread that only deployments of their own show: another host, another placement, another hour. Student's t on the logarithms
 * of one figure of each; windows within a deployment, however many, know nothing of it.
 */
import { mean } from '../measure/batch-means.ts';
import { studentT } from '../measure/student-t.ts';

/** Two have one degree of freedom, whose t of 12.7 would call everything undecided. */
export const DEPLOYMENTS = 3;

/** Half width of the interval; null for fewer than three. @param confidence two-sided, between 0 and 1 */
export function betweenDeployments(figures: readonly number[], confidence: number): number | null {
  const n = figures.length;
  if (n < DEPLOYMENTS) return null;
  const logs = figures.map(Math.log);
  const centre = mean(logs);
  const variance = logs.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (n - 1);
  return studentT((1 + confidence) / 2, n - 1) * Math.sqrt(variance / n);
}

/** No run has more. */
const MOST = 10_000;

/**
 * Deployments whose interval is as narrow as one from `factor` times the samples: beside the root of their number Student's t
 * falls, from 4.30 for three.
 */
export function deploymentsFor(have: number, factor: number, confidence: number): number {
  const width = (n: number) => studentT((1 + confidence) / 2, n - 1) / Math.sqrt(n);
  const wanted = width(have) / Math.sqrt(factor);
  // The width only falls with n.
  let [tooFew, enough] = [have - 1, MOST];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (width(middle) > wanted) tooFew = middle;
    else enough = middle;
  }
  return enough;
}
