/** One-sided 95 % upper limit of a latency from trials of the same load; the wider of what they say and how they differ. */
import { exp, ln } from './exact-math.ts';
import { spreadOf } from './foretell.ts';
import type { Observation } from './trial.ts';

/** Quantile 0.95 of the normal distribution. */
const Z95 = 1.645;
/**
 * The same for a limit that is looked at after each of up to sixteen trials until it passes: looked at again and again, one
 * in twenty would become one in five. S. J. Pocock, "Group Sequential Methods in the Design and Analysis of Clinical Trials",
 * Biometrika 64 (1977): a constant boundary, here one-sided.
 */
const Z_EACH_LOOK = 2.3;

export interface Pooled {
  trials: number;
  latencyMs: number;
  /** Standard error of its logarithm. */
  error: number;
  upperMs: number;
  /** Upper limit for a decision that is taken anew after each trial. */
  sequentialUpperMs: number;
  lowerMs: number;
}

/** Standard normal quantile of the chance below which going on is given up: one in ten. */
const HOPELESS = 1.2816;

/**
 * Are further trials of this load in vain? If so many in all are to pass the boundary, by what the latency seems and how far it
 * may be off. Predictive power with a flat prior: D. J. Spiegelhalter, L. S. Freedman, P. R. Blackburn, "Monitoring Clinical
 * Trials: Conditional or Predictive Power?", Controlled Clinical Trials 7 (1986).
 */
export function isHopeless({ trials, latencyMs, error }: Pooled, limitMs: number, most: number): boolean {
  const told = trials / most;
  if (told >= 1) return true;
  // The error of all trials, and how far their mean may come to lie from that of those that were.
  const last = error * Math.sqrt(told);
  const moves = error * Math.sqrt(1 - told);
  return ln(limitMs / latencyMs) - Z_EACH_LOOK * last < -HOPELESS * moves;
}

/** Geometric: spreads of latencies are relative. null when a trial has no latency. */
export function pooledLimit(seen: readonly Pick<Observation, 'latencyMs' | 'latencyUpperMs'>[]): Pooled | null {
  const told = seen.flatMap(({ latencyMs, latencyUpperMs }) =>
    latencyMs === null || !(latencyMs > 0) ? [] : [{ ln: ln(latencyMs), spread: spreadOf(latencyMs, latencyUpperMs) }],
  );
  if (told.length === 0 || told.length < seen.length) return null;
  const k = told.length;
  const mean = told.reduce((sum, t) => sum + t.ln, 0) / k;
  const within = Math.sqrt(told.reduce((sum, t) => sum + t.spread * t.spread, 0)) / k;
  const between = k < 4 ? 0 : Math.sqrt(told.reduce((sum, t) => sum + (t.ln - mean) * (t.ln - mean), 0) / (k - 1) / k);
  const error = Math.max(within, between);
  return {
    trials: k,
    latencyMs: exp(mean),
    error,
    upperMs: exp(mean + Z95 * error),
    sequentialUpperMs: exp(mean + Z_EACH_LOOK * error),
    lowerMs: exp(mean - Z95 * error),
  };
}
