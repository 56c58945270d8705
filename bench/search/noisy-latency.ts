/** What a trial shows of a latency: the mean of sections that scatter, and the upper limit that their spread tells. */
import type { Draw } from './draw.ts';

/** Batches of a trial whose spread tells the upper limit; quantile 0.95 of t with nine degrees of freedom. */
const SECTIONS = 10;
const T9 = 1.8331;

/** @param spread relative standard error of a trial. */
export function noisyLatency(
  trueMs: number,
  spread: number,
  draw: Draw,
): { latencyMs: number; latencyUpperMs: number } {
  const sections = Array.from({ length: SECTIONS }, () => spread * Math.sqrt(SECTIONS) * draw.normal());
  const mean = sections.reduce((sum, s) => sum + s, 0) / SECTIONS;
  const error = Math.sqrt(sections.reduce((sum, s) => sum + (s - mean) ** 2, 0) / (SECTIONS - 1) / SECTIONS);
  const latencyMs = trueMs * Math.exp(mean);
  return { latencyMs, latencyUpperMs: latencyMs * Math.exp(T9 * error) };
}
