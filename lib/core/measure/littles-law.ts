/**
 * L = λ·W: requests under way equal the rate times the time each takes. It holds for every stable system whatever its
 * distributions. J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9(3), 1961, 383–387.
 */

/** Requests per second that this many callers make when each answer takes this long; mean latency, strictly. */
export function littlesRatePerSecond(concurrency: number, latencyMs: number): number {
  return (concurrency * 1000) / latencyMs;
}

export interface LittlesCheck {
  expectedPerSecond: number;
  /** Stated over expected. Above 1 the figures claim more answers than the callers had time to wait for. */
  ratio: number;
  /** Whether the two agree within the tolerance. */
  agrees: boolean;
}

/** @param tolerance share by which a percentile may stand in for the mean, and rounding for the figure. */
export function littlesCheck(
  figures: { concurrency: number; latencyMs: number; ratePerSecond: number },
  tolerance = 0.02,
): LittlesCheck {
  const expectedPerSecond = littlesRatePerSecond(figures.concurrency, figures.latencyMs);
  const ratio = figures.ratePerSecond / expectedPerSecond;
  return { expectedPerSecond, ratio, agrees: Math.abs(ratio - 1) <= tolerance };
}
