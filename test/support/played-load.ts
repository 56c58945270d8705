/** Results of load jobs that nobody ran: what a generator would have measured of servers of known speed. */
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { LoadJob, LoadResult, Segment, SegmentResult } from '../../lib/core/load/job.ts';
import { segmentPlace } from '../../lib/core/plan/segments.ts';

export interface Played {
  /** Answers per second of the endpoint, at any load. */
  ratePerSecond: number;
  /** Nobody answers. */
  isDown?: boolean;
  /** Answers that are not the golden ones, from the start or only once it is loaded. */
  isWrong?: boolean | 'under load';
  /** Share of the requests that get no answer in time. */
  late?: { share: number; timeoutMs: number };
  /** Share of requests that got a 5xx. */
  failing?: number;
  /** It died under load. */
  died?: boolean;
  /** How the generator itself fared. */
  client?: Partial<SegmentResult['client']>;
}

export function playedResult(job: LoadJob, serverOf: (endpoint: string) => Played): LoadResult {
  const segments = job.segments.map((segment) => playedSegment(segment, serverOf(segment.endpoint)));
  return { schema: 'infersweep.load-result.v1', id: job.id, segments };
}

export function playedSegment(segment: Segment, played: Played): SegmentResult {
  const { ratePerSecond, isDown, isWrong, late, failing = 0, died = false } = played;
  const isLoad = segment.shape.kind !== 'once';
  const measured = segment.seconds - segment.dropSeconds;
  const requests = segment.shape.kind === 'once' ? 2 : Math.round(ratePerSecond * measured);
  const latency = new Histogram();
  const users = Number(segmentPlace(segment.id).stair.replace(/\D/g, '') || 1);
  const timedOut = Math.ceil((late?.share ?? 0) * requests);
  for (let i = 0; i < requests; i++) {
    const answered = i < timedOut ? late!.timeoutMs : (1000 * users) / ratePerSecond;
    latency.record(isDown ? Number.POSITIVE_INFINITY : answered);
  }
  const wrong = isWrong === true || (isWrong === 'under load' && isLoad) ? 1 : 0;
  const failed = isLoad ? Math.round(failing * requests) : 0;
  const good = isDown ? 0 : requests - wrong - failed - timedOut;
  const encoded = latency.encode();
  return {
    id: segment.id,
    endpoint: segment.endpoint,
    shape: segment.shape,
    durationS: measured,
    requests,
    good,
    errors: isDown
      ? { connect: requests }
      : {
          ...(wrong > 0 ? { 'wrong-output': wrong } : {}),
          ...(timedOut > 0 ? { timeout: timedOut } : {}),
          ...(failed > 0 ? { 'http-5xx': failed } : {}),
        },
    completedInWindow: good,
    connections: { opened: 1, reconnects: 0 },
    latency: encoded,
    serviceTime: encoded,
    scheduleError: new Histogram().encode(),
    seconds: [{ second: 0, good, bad: requests - good, latencySumMs: 1 }],
    client: {
      cpuSeconds: 0.01,
      utilisation: 0.1,
      eventLoopLagMs: { p99: 0.1, max: 0.2 },
      runQueueWaitSeconds: 0,
      ...played.client,
    },
    server: null,
    golden: { checked: 2, wrong, firstMismatch: wrong ? 'y[0]' : null },
    aborted: died && isLoad ? 'server-died' : null,
    log: null,
  };
}
