/** Both directions through the simulated queue: the rate that a latency allows, and the slowness that a latency betrays. */

import { keeps, type Queue, saturationRate } from './batching-queue.ts';
import { exp, ln } from './exact-math.ts';

const HALVINGS = 9;
/** Below this share of saturation a configuration is of no interest, and its objective out of reach. */
const LOWEST = 1 / 256;
/** Slowness is looked for between a third and the threefold of the fit. */
const WIDEST = 1.1;

/** The highest rate per second that keeps a latency; 0 for none. */
export function capacity(queue: Queue, slowness: number, limitMs: number, percentile: number): number {
  const top = saturationRate(queue, slowness);
  let low = 1;
  do low /= 2;
  while (low >= LOWEST && !keeps(queue, top * low, slowness, limitMs, percentile));
  if (low < LOWEST) return 0;
  let high = low * 2;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (keeps(queue, top * middle, slowness, limitMs, percentile)) low = middle;
    else high = middle;
  }
  return top * low;
}

/** Logarithm of the slowness with which the queue has this latency at this rate: latency rises with slowness. */
export function lnSlowness(queue: Queue, perSecond: number, latencyMs: number, percentile: number): number {
  let low = -WIDEST;
  let high = WIDEST;
  for (let i = 0; i < HALVINGS + 1; i++) {
    const middle = (low + high) / 2;
    if (keeps(queue, perSecond, exp(middle), latencyMs, percentile)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Betrayed {
  lnSlowness: number;
  variance: number;
}

/**
 * What one trial says about slowness. Near saturation latency is steep: a coarse latency fixes slowness finely.
 * @param spread standard error of the logarithm of the latency.
 */
export function betrayedBy(
  queue: Queue,
  trial: { perSecond: number; latencyMs: number; spread: number },
  percentile: number,
): Betrayed {
  const at = (latencyMs: number) => lnSlowness(queue, trial.perSecond, latencyMs, percentile);
  const up = exp(trial.spread);
  const half = (at(trial.latencyMs * up) - at(trial.latencyMs / up)) / 2;
  return { lnSlowness: at(trial.latencyMs), variance: Math.max(half * half, 1e-6) };
}

/** Standard error of a logarithm from its point and its one-sided 95 % limit. */
export function spreadOf(latencyMs: number, upperMs: number | null): number {
  return upperMs === null || upperMs <= latencyMs ? 0.1 : ln(upperMs / latencyMs) / 1.645;
}
