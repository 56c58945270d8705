/**
 * When an open loop intends to send: a pure seeded function from request index to offset. It knows nothing of answers, so a
 * slow server cannot slow the schedule down, which is what makes latency from the intended time free of coordinated omission.
 *
 * Counts are spaced by one, or by the unit gaps of a Poisson process, and the inverse of the integrated rate makes moments of
 * them; that gives a Poisson process of any rate over time (E. Cinlar, Introduction to Stochastic Processes, 1975, ch. 4.7).
 */
import { RateCurve } from './rate-curve.ts';
import { drawBelow, hash32, uniform } from './seeded-random.ts';
import type { OpenShape } from './shape.ts';
import { type Share, WHOLE } from './share.ts';

export interface Schedule {
  /**
   * Milliseconds from the segment's start to the intended time of request `index` >= 0; never falls with the index, and is
   * Infinity from the first request on that never comes.
   */
  offsetMs(index: number): number;
}

/** Of the seed: draws who sends an arrival, independent of the gaps. */
const OWNER_STREAM = 11;

/**
 * The schedule of one share. Shares of one seed are disjoint and together exactly the whole: even arrivals are dealt in turn,
 * those of a Poisson process by a seeded draw each, so that every share is itself a Poisson process of its part of the rate
 * (thinning; Cinlar, ch. 4.5).
 */
export function createSchedule(shape: OpenShape, seed: number, share: Share = WHOLE): Schedule {
  const curve = new RateCurve(shape);
  const random = shape.kind === 'poisson' || (shape.kind !== 'constant' && shape.arrivals === 'poisson');
  if (!random) return { offsetMs: (index) => curve.momentOf(index * share.of + share.index) };
  const gaps = new Strided<number>(0, (sum, index) => sum - Math.log(uniform(seed, index)));
  if (share.of === 1) return { offsetMs: (index) => curve.momentOf(gaps.after(index)) };
  const ownerSeed = hash32(seed, OWNER_STREAM);
  const isOurs = (arrival: number) => drawBelow(share.of, ownerSeed, arrival) === share.index;
  const owned = new Strided<number>(-1, (arrival) => {
    let next = arrival + 1;
    while (!isOurs(next)) next++;
    return next;
  });
  return { offsetMs: (index) => curve.momentOf(gaps.after(owned.after(index))) };
}

/** Highest rate of a share, in requests per second. */
export function peakRate(shape: OpenShape, share: Share): number {
  return new RateCurve(shape).peakPerSecond / share.of;
}

/** Steps between two remembered states: what a jump backwards costs at most. */
const STRIDE = 1024;

/** A state advanced index by index, in order, so that every access path gives the same bits. */
class Strided<T> {
  private readonly advance: (state: T, index: number) => T;
  /** State after index k * STRIDE. */
  private readonly marks: T[] = [];
  private cursor = -1;
  private state: T;

  constructor(first: T, advance: (state: T, index: number) => T) {
    this.state = first;
    this.advance = advance;
  }

  after(index: number): T {
    if (index < this.cursor) {
      const mark = Math.floor(index / STRIDE);
      this.cursor = mark * STRIDE;
      this.state = this.marks[mark]!;
    }
    while (this.cursor < index) {
      this.cursor++;
      this.state = this.advance(this.state, this.cursor);
      if (this.cursor % STRIDE === 0) this.marks[this.cursor / STRIDE] = this.state;
    }
    return this.state;
  }
}
