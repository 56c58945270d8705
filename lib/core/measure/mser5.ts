/**
 * Where the warm-up of a series ends, by the marginal standard error rule on means of five.
 * K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997);
 * White, Cobb & Spratt (2000): d* = argmin over d <= n/2 of (1/(n-d)²) Σ_{i>d} (Y_i - mean_{i>d})².
 */
import { mean } from './batch-means.ts';

export const MSER_BATCH = 5;

export interface Truncation {
  /** Values at the head that belong to the warm-up. */
  drop: number;
  /** false when the optimum is the last one allowed: the series was still moving in its second half. */
  steady: boolean;
}

/** @returns null for fewer than four batches, where the rule has nothing to choose from. */
export function mser5(series: readonly number[]): Truncation | null {
  const batches = Math.floor(series.length / MSER_BATCH);
  if (batches < 4) return null;
  const y = Array.from({ length: batches }, (_, b) => mean(series.slice(b * MSER_BATCH, (b + 1) * MSER_BATCH)));
  const last = Math.floor(batches / 2);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let d = 0; d <= last; d++) {
    const rest = y.slice(d);
    const centre = mean(rest);
    const error = rest.reduce((sum, v) => sum + (v - centre) ** 2, 0) / rest.length ** 2;
    if (error < least) {
      least = error;
      best = d;
    }
  }
  return { drop: best * MSER_BATCH, steady: best < last };
}
