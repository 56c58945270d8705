/** The generator sent or looked late, by amounts that matter beside the latencies it measured. */
import { Histogram } from '../../load/histogram.ts';
import type { SegmentResult } from '../../load/job.ts';
import { isOpen } from '../../load/shape.ts';
import { median } from '../median.ts';
import type { Rule } from './evidence.ts';

/**
 * Lateness up to here is the host's: on a contended two-core host a bare clock loop is stopped for 11 to 21 ms at p99.9 and
 * a good generator is 2 to 5 ms late at p99, so a limit below 20 ms would blame it for its neighbours.
 */
export const LAG_FLOOR_MS = 20;
/** Beyond the floor: the p99 of the lateness may not exceed the median latency itself. */
export const MAX_LAG_SHARE = 1;

/** The median window decides: a stall in one window is an accident, in most of them a property of the generator. */
export const clientLag: Rule = ({ stairs }) => {
  for (const { stair, windows } of stairs) {
    const latency = Histogram.decode(stair.latency);
    if (latency.count === 0) continue;
    // Where more than half got no answer there is no median to be small beside, and a late generator may be why.
    const p50 = latency.percentile(50);
    const limit = Math.max(LAG_FLOOR_MS, MAX_LAG_SHARE * (p50 ?? 0));
    const loop = median(windows.map((w) => w.client.eventLoopLagMs.p99)) ?? 0;
    const schedule = median(windows.flatMap(scheduleErrorP99)) ?? 0;
    const worst = Math.max(loop, schedule);
    if (worst <= limit) continue;
    const what = schedule >= loop ? 'requests were sent late' : "the generator's event loop was late";
    const beside =
      p50 === null ? 'and more than half of the requests failed' : `beside a median latency of ${p50.toFixed(1)} ms`;
    const detail = `${stair.id}: ${what} by ${worst.toFixed(0)} ms at p99, ${beside}`;
    return { code: 'client-lag', detail };
  }
  return null;
};

/** Only an open loop has a schedule that does not wait for the server. */
function scheduleErrorP99({ shape, scheduleError }: SegmentResult): number[] {
  if (!isOpen(shape)) return [];
  const p99 = Histogram.decode(scheduleError).percentile(99);
  return p99 === null ? [] : [p99];
}
