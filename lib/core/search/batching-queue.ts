/**
 * Does a batching server keep a latency at a rate? Discrete events of one queue before like instances: an idle instance takes
 * what waits when a batch is full or the oldest request has waited long enough. Measure service times, simulate the queue:
 * D. Crankshaw et al., "InferLine", SoCC (2020), arXiv:1812.01776, §4.
 */
import { uniform } from '../load/seeded-random.ts';
import { ln } from './exact-math.ts';

export interface Queue {
  /** Milliseconds of one execution; at index n with n requests in it, 1 to maxBatch. */
  serviceMs: Float64Array;
  instances: number;
  maxBatch: number;
  delayMs: number;
}

const REQUESTS = 9000;
/** Found idle, a queue flatters its first requests. */
const WARM = 500;
const SEED = 20_260_101;

/** Arrivals at rate 1; every rate stretches the same ones, so that configurations are compared by common random numbers. */
const arrivals = new Float64Array(REQUESTS);
for (let i = 0, at = 0; i < REQUESTS; i++) {
  at -= ln(uniform(SEED, i));
  arrivals[i] = at;
}
const free = new Float64Array(64);

/** The rate at which every execution is full, per second. */
export function saturationRate({ serviceMs, instances, maxBatch }: Queue, slowness = 1): number {
  return (1000 * instances * maxBatch) / (serviceMs[maxBatch]! * slowness);
}

/**
 * @param slowness every execution takes so many times as long.
 * @param percentile of the objective, below 100.
 */
export function keeps(queue: Queue, perSecond: number, slowness: number, limitMs: number, percentile: number): boolean {
  const { serviceMs, maxBatch, delayMs } = queue;
  if (serviceMs[1]! * slowness > limitMs) return false;
  const instances = Math.min(queue.instances, free.length);
  const gapMs = 1000 / perSecond;
  let allowed = Math.floor((REQUESTS - WARM) * (1 - percentile / 100) + 1e-9);
  for (let i = 0; i < instances; i++) free[i] = 0;
  for (let head = 0; head < REQUESTS; ) {
    let first = 0;
    for (let i = 1; i < instances; i++) if (free[i]! < free[first]!) first = i;
    const oldest = arrivals[head]! * gapMs;
    const full = head + maxBatch - 1 < REQUESTS ? arrivals[head + maxBatch - 1]! * gapMs : Number.POSITIVE_INFINITY;
    const start = Math.max(free[first]!, Math.min(full, oldest + delayMs));
    let n = full <= start ? maxBatch : 1;
    while (n < maxBatch && head + n < REQUESTS && arrivals[head + n]! * gapMs <= start) n++;
    const end = start + serviceMs[n]! * slowness;
    free[first] = end;
    if (end - oldest > limitMs) {
      for (let i = head; i < head + n && end - arrivals[i]! * gapMs > limitMs; i++) {
        if (i >= WARM && --allowed < 0) return false;
      }
    }
    head += n;
  }
  return true;
}
