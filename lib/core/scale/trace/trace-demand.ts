/** What a trace says of the size of a fleet. */
import type { TraceDemand } from './named-traces.ts';
import { perMinute, type Trace } from './trace.ts';

/**
 * Requests per minute. Typical is the mean minute, by which instance hours and so dollars go and against which the shapes of
 * traces are stated (`named-traces.ts`); low and peak are the quietest and the busiest minute, between which `policyGrid` scales: a
 * minute is the period of the metric that target tracking follows, so nothing shorter reaches it. `low` is 0 where a minute had no
 * request.
 */
export function traceDemand(trace: Trace): TraceDemand {
  const minutes = perMinute(trace);
  const [low, peak, sum] = minutes.reduce(
    ([least, most, all], n) => [Math.min(least, n), Math.max(most, n), all + n],
    [Number.POSITIVE_INFINITY, 0, 0],
  );
  return { requestsPerMinute: sum / minutes.length, low, peak };
}
