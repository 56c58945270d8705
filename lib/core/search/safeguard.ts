/**
 * A rate between what was seen to hold and what was seen to break: the model's step is taken when it lies inside, else the
 * interval is halved (T. J. Dekker (1969); R. P. Brent, "Algorithms for Minimization without Derivatives" (1973), ch. 4).
 */
import { CERTIFIABLE } from './certifiable.ts';
import type { Notebook } from './notebook.ts';
import type { SearchDevice } from './space.ts';

/** Step where only one side is known. */
export const STEP = 1.04;
/** Steps of the model shorter than this, from a rate that was clearly off, lead nowhere. */
export const NEAR = 1.005;
const NARROW = 1.013;

export interface Bracket {
  /** The highest rate that clearly held; 0 for none. */
  low: number;
  /** The lowest that clearly broke. */
  high: number;
}

/** By the confidence limits of each trial: what is near the limit is neither. */
export function bracketOf(notebook: Notebook, device: SearchDevice, configuration: string): Bracket {
  const limitMs = CERTIFIABLE * notebook.space.slo.latencyMs;
  const bracket: Bracket = { low: 0, high: Number.POSITIVE_INFINITY };
  for (const { trial, observation } of notebook.on(device, configuration)) {
    if (trial.load.kind !== 'rate') continue;
    const rate = trial.load.perSecond;
    const { latencyMs, latencyUpperMs } = observation;
    const upperMs = latencyUpperMs ?? Number.POSITIVE_INFINITY;
    if (latencyMs === null || (latencyMs * latencyMs) / upperMs > limitMs) bracket.high = Math.min(bracket.high, rate);
    else if (upperMs < limitMs) bracket.low = Math.max(bracket.low, rate);
  }
  // Trials that contradict each other say nothing.
  return bracket.low < bracket.high ? bracket : { low: 0, high: Number.POSITIVE_INFINITY };
}

/** @returns a rate that was neither seen to break nor lies below one that was seen to hold. */
export function within({ low, high }: Bracket, perSecond: number): number {
  return Math.min(Math.max(perSecond, low), high);
}

/** Nothing that matters lies between its ends. */
export function isNarrow({ low, high }: Bracket): boolean {
  return low * NARROW >= high;
}

export function safeguarded(bracket: Bracket, perSecond: number): number {
  const { low, high } = bracket;
  if (isNarrow(bracket)) return within(bracket, perSecond);
  if (perSecond > low * NEAR && perSecond < high / NEAR) return perSecond;
  if (low === 0) return high / STEP;
  return high === Number.POSITIVE_INFINITY ? low * STEP : Math.sqrt(low * high);
}
