/**
 * When an open loop intends to send: a pure seeded function from request index to offset. It knows nothing of answers, so a
 * slow server cannot slow the schedule down, which is what makes latency from the intended time free of coordinated omission.
 */
import type { Shape } from './job.ts';
import { uniform } from './seeded-random.ts';

export type OpenShape = Extract<Shape, { kind: 'constant' | 'poisson' }>;

export interface Schedule {
  /** Milliseconds from the segment's start to the intended time of request `index` >= 0; never falls with the index. */
  offsetMs(index: number): number;
}

export function createSchedule(shape: OpenShape, seed: number): Schedule {
  const { ratePerSecond } = shape;
  if (shape.kind === 'constant') return { offsetMs: (index) => (index * 1000) / ratePerSecond };
  return new PoissonSchedule(1000 / ratePerSecond, seed);
}

/** Arrivals between two remembered sums: what a jump backwards costs at most. */
const STRIDE = 1024;

/** Independent exponential gaps (a Poisson process), summed in order so that every access path gives the same bits. */
class PoissonSchedule implements Schedule {
  private readonly meanGapMs: number;
  private readonly seed: number;
  /** Offset of index k * STRIDE. */
  private readonly marks: number[] = [];
  private cursor = -1;
  private offset = 0;

  constructor(meanGapMs: number, seed: number) {
    this.meanGapMs = meanGapMs;
    this.seed = seed;
  }

  offsetMs(index: number): number {
    if (index < this.cursor) {
      const mark = Math.floor(index / STRIDE);
      this.cursor = mark * STRIDE;
      this.offset = this.marks[mark]!;
    }
    while (this.cursor < index) {
      this.cursor++;
      this.offset -= Math.log(uniform(this.seed, this.cursor)) * this.meanGapMs;
      if (this.cursor % STRIDE === 0) this.marks[this.cursor / STRIDE] = this.offset;
    }
    return this.offset;
  }
}
