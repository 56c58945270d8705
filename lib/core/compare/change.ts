/**
 * Ratio of head to base with limits from those of each (MOVER): on a logarithmic scale L = d - √((h - l_h)² + (u_b - b)²) and
 * the mirror image for U. G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: A general approach",
 * Statistics in Medicine 27 (2008).
 */
import type { LogEstimate } from './log-estimate.ts';

export interface LogChange {
  value: number;
  /** null when one of the sides has no limit. */
  low: number | null;
  high: number | null;
}

export function changeOf(base: LogEstimate, head: LogEstimate): LogChange {
  const value = head.value - base.value;
  const reach = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.hypot(a, b));
  const below = reach(span(head.low, head.value), span(base.value, base.high));
  const above = reach(span(head.value, head.high), span(base.low, base.value));
  return { value, low: below === null ? null : value - below, high: above === null ? null : value + above };
}

function span(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}

/** `tie`: worse by no more than the limit, at most a little better; all three are proven. */
export type Verdict = 'regression' | 'improvement' | 'tie' | 'undecided';

/** @param worse the change, positive when head is worse. @param limit logarithm that head may be worse by */
export function verdictOf(worse: LogChange, limit: number): Verdict {
  if (worse.low !== null && worse.low > limit) return 'regression';
  if (worse.high !== null && worse.high < 0) return 'improvement';
  return worse.high !== null && worse.high <= limit ? 'tie' : 'undecided';
}

/** Standard normal quantile of 0.9: with the samples that are asked for, nine of ten repetitions decide. */
const POWER = 1.2816;
/** Of the 95 % interval, whose half width H is about 1.96 standard errors. */
const NORMAL_975 = 1.96;

/**
 * How many times the samples would decide, should the change be what it looks like: the interval shrinks with their root, and
 * its edge must clear the limit by the scatter of the value. null when no number would, or when there is no interval.
 */
export function samplesFactor({ value, low, high }: LogChange, limit: number): number | null {
  if (low === null || high === null) return null;
  const half = value > limit ? value - low : high - value;
  const gap = Math.abs(value - limit);
  return gap < 1e-6 ? null : Math.max(1, ((half / gap) * (1 + POWER / NORMAL_975)) ** 2);
}
