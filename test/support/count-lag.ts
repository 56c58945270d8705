/**
 * How late the balancer counts a request: sending, loopback and a busy event loop take milliseconds, which carry a request over
 * the end of a metric's period now and then. Where the metric stands at an edge, that is another instance or another minute.
 */
import { drawBelow, uniform } from '../../lib/core/load/seeded-random.ts';
import { stream } from '../../lib/core/scale/draws.ts';

/** As it was seen while one instance was measured: by time, since requests that follow each other are late together. */
export interface CountLag {
  /** Real seconds, ascending, below `lengthS`. */
  atS: Float64Array;
  lagS: Float64Array;
  lengthS: number;
}

/** By how much a request that is due at a time (real seconds) is counted late: a stretch of what was seen, begun anywhere. */
export function seenLag({ atS, lagS, lengthS }: CountLag, seed: number): (dueS: number) => number {
  const fromS = uniform(stream(seed, 8), 0) * lengthS;
  return (dueS) => lagS[lastUntil(atS, (fromS + dueS) % lengthS)]!;
}

/** Real seconds by which the n-th evaluation of the policy comes late: its timer waits on the same event loop. */
export function evaluatedLateS({ lagS }: CountLag, seed: number, n: number): number {
  return Math.max(0, lagS[drawBelow(lagS.length, stream(seed, 9), n)]!);
}

/** Position of the last of ascending times that is not after one; the first where all are. */
function lastUntil(atS: Float64Array, untilS: number): number {
  let [low, high] = [0, atS.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (atS[middle]! <= untilS) low = middle;
    else high = middle - 1;
  }
  return low;
}
