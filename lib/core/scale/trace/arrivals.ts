/** A trace as it happens on one day: a doubly stochastic Poisson process around its expected rate. */
import { uniform } from '../../load/seeded-random.ts';
import { poisson, stream } from '../draws.ts';
import { durationS, type Trace } from './trace.ts';

/** Requests in each tick of `tickS` seconds, which must divide the trace's step. */
export function tickCounts(trace: Trace, seed: number, tickS: number): Float64Array {
  const counts = new Float64Array(Math.round(durationS(trace) / tickS));
  const perStep = Math.round(trace.stepS / tickS);
  const own = stream(seed, 1);
  for (let i = 0; i < counts.length; i++) {
    counts[i] = poisson(trace.requests[Math.floor(i / perStep)]! / perStep, own, i);
  }
  return counts;
}

/** Arrival times in seconds, ascending: each tick's requests spread uniformly over it. */
export function arrivalTimes(counts: Float64Array, seed: number, tickS: number): Float64Array {
  const times = new Float64Array(counts.reduce((sum, n) => sum + n, 0));
  const own = stream(seed, 2);
  let at = 0;
  counts.forEach((n, tick) => {
    for (let k = 0; k < n; k++, at++) times[at] = (tick + uniform(own, at)) * tickS;
  });
  return times.sort();
}
