/** One-sided 95 % upper limit of a latency from trials of the same load; the wider of what they say and how they differ. */
import { exp, ln } from './exact-math.ts';
import { spreadOf } from './foretell.ts';
import type { Observation } from './trial.ts';

/** Quantile 0.95 of the normal distribution. */
const Z95 = 1.645;
/**
 * The same for a limit that is looked at after each trial until it passes. A search tries many loads that are a little too
 * high, and gives most of them up after few trials: a boundary that is as near at the third trial as at the twentieth lets
 * more of them through. S. K. Wang, A. A. Tsiatis, "Approximately Optimal One-Parameter Boundaries for Group Sequential
 * Trials", Biometrics 43 (1987), with their delta at 0.2: wider at first, as near as may be at the last of twenty looks. At
 * the very limit, with futility as below, one load in seventy passes.
 */
const Z_LAST_LOOK = 2.1;
const LOOKS = 20;
const WIDER_BEFORE = 0.3;

function zAtLook(trials: number): number {
  return trials >= LOOKS ? Z_LAST_LOOK : Z_LAST_LOOK * exp(WIDER_BEFORE * ln(LOOKS / trials));
}

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
  return ln(limitMs / latencyMs) - zAtLook(most) * last < -HOPELESS * moves;
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
    sequentialUpperMs: exp(mean + zAtLook(k) * error),
    lowerMs: exp(mean - Z95 * error),
  };
}
