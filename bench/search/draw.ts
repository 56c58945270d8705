/** Seeded draws in order. */
import { uniform } from '../../lib/core/load/seeded-random.ts';

export interface Draw {
  uniform(low?: number, high?: number): number;
  /** Uniform in its logarithm. */
  log(low: number, high: number): number;
  /** Standard normal, by Box and Muller. */
  normal(): number;
  pick<T>(list: readonly T[]): T;
}

export function drawOf(seed: number): Draw {
  let index = 0;
  const next = () => uniform(seed, index++);
  const draw: Draw = {
    uniform: (low = 0, high = 1) => low + (high - low) * next(),
    log: (low, high) => low * (high / low) ** next(),
    normal: () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
    pick: (list) => list[Math.floor(next() * list.length)]!,
  };
  return draw;
}

/** A seed of its own for each name. */
export function seedOf(...parts: (string | number)[]): number {
  let h = 2_166_136_261;
  for (const c of parts.join(' ')) h = Math.imul(h ^ c.charCodeAt(0), 16_777_619);
  return h >>> 0;
}
