/**
 * The part of one load that one generator drives. Several generators, or threads of one, run the same job side by side; who
 * sends what follows from the seed alone, so they need not talk.
 */

export interface Share {
  /** Counts from 0. */
  index: number;
  of: number;
}

export const WHOLE: Share = { index: 0, of: 1 };

/** Of `total` things the ones numbered index, index + of, …: shares differ by one at most and sum to the total. */
export function shareOf(total: number, { index, of }: Share): number {
  return Math.max(0, Math.ceil((total - index) / of));
}

/** The part of `inner` within a part of a whole: a thread of one of several generators. */
export function nested(outer: Share, inner: Share): Share {
  return { index: outer.index * inner.of + inner.index, of: outer.of * inner.of };
}

/** Between the end of a segment and the start of the next, where generators have to meet: time for the last answers. */
export const PAUSE_SECONDS = 1;

/** When each segment of a job with a common start begins, in milliseconds after that start. */
export function slotOffsetMs(segments: readonly { seconds: number }[], position: number): number {
  return segments.slice(0, position).reduce((sum, { seconds }) => sum + (seconds + PAUSE_SECONDS) * 1000, 0);
}
