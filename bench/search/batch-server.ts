/** The truth of a batching server: discrete events with service times that scatter, on arrivals the search does not know. */
import { type Draw, drawOf } from './draw.ts';

export interface Server {
  /** Mean milliseconds of an execution of n requests. */
  meanMs(n: number): number;
  /** Standard deviation over mean of one execution. */
  scatter: number;
  instances: number;
  maxBatch: number;
  delayMs: number;
}

const REQUESTS = 21_000;
const WARM = 1000;
const arrivals = stream(drawOf(77), (draw) => -Math.log(draw.uniform()), true);
const scatters = stream(drawOf(78), (draw) => draw.normal(), false);

function stream(draw: Draw, next: (draw: Draw) => number, sums: boolean): Float64Array {
  const drawn = Float64Array.from({ length: REQUESTS }, () => next(draw));
  if (sums) for (let i = 1; i < REQUESTS; i++) drawn[i]! += drawn[i - 1]!;
  return drawn;
}

export function saturation({ meanMs, instances, maxBatch }: Server): number {
  return (1000 * instances * maxBatch) / meanMs(maxBatch);
}

export function percentileMs(server: Server, perSecond: number, percentile: number): number {
  const { instances, maxBatch, delayMs, scatter } = server;
  const gap = 1000 / perSecond;
  const free = new Float64Array(instances);
  const latencies = new Float64Array(REQUESTS);
  const mean = Float64Array.from({ length: maxBatch + 1 }, (_, n) => (n === 0 ? 0 : server.meanMs(n)));
  for (let head = 0, batch = 0; head < REQUESTS; batch++) {
    let first = 0;
    for (let i = 1; i < instances; i++) if (free[i]! < free[first]!) first = i;
    const full = head + maxBatch <= REQUESTS ? arrivals[head + maxBatch - 1]! * gap : Number.POSITIVE_INFINITY;
    const start = Math.max(free[first]!, Math.min(full, arrivals[head]! * gap + delayMs));
    let n = full <= start ? maxBatch : 1;
    while (n < maxBatch && head + n < REQUESTS && arrivals[head + n]! * gap <= start) n++;
    const end = start + mean[n]! * Math.exp(scatter * scatters[batch]! - (scatter * scatter) / 2);
    free[first] = end;
    for (let i = head; i < head + n; i++) latencies[i] = end - arrivals[i]! * gap;
    head += n;
  }
  return nth(latencies.subarray(WARM), Math.ceil((percentile / 100) * (REQUESTS - WARM)) - 1);
}

/** The k-th smallest, from 0, of a list that is reordered on the way (C. A. R. Hoare, "Algorithm 65: Find", 1961). */
function nth(list: Float64Array, k: number): number {
  for (let low = 0, high = list.length - 1; low < high; ) {
    const pivot = list[k]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (list[i]! < pivot) i++;
      while (list[j]! > pivot) j--;
      if (i <= j) {
        const swap = list[i]!;
        list[i++] = list[j]!;
        list[j--] = swap;
      }
    }
    if (j < k) low = i;
    if (k < i) high = j;
  }
  return list[k]!;
}
