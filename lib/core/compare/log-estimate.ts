/** A positive figure on a logarithmic scale with its confidence limits: a ratio of two becomes a difference. */

export interface LogEstimate {
  /** The figure itself, in its own unit. */
  figure: number;
  /** Natural logarithms; a limit is null when there are too few samples for it. */
  value: number;
  low: number | null;
  high: number | null;
  /** What the limits were made from, and what more of would narrow them. */
  samples: number;
  unit: 'windows' | 'seconds' | 'requests' | 'deployments';
  /** Samples below which there are no limits at all. */
  minimum: number;
}

/** Limits that are as far from the value on both sides. */
export function symmetric(
  figure: number,
  half: number,
  of: Pick<LogEstimate, 'samples' | 'unit' | 'minimum'>,
): LogEstimate {
  const value = Math.log(figure);
  return { figure, value, low: value - half, high: value + half, ...of };
}
