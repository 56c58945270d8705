import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../lib/core/load/histogram.ts';
import type { LoadResult, SegmentResult } from '../../../lib/core/load/job.ts';
import { mergeResults } from '../../../lib/core/load/merge-results.ts';
import { capacityOf, secondOf } from '../../support/measurements.ts';

const encoded = (values: readonly number[]) => {
  const h = new Histogram();
  for (const v of values) h.record(v);
  return h.encode();
};

function segment(change: Partial<SegmentResult> = {}, latencies: readonly number[] = []): SegmentResult {
  return {
    id: 's',
    endpoint: 'e',
    shape: { kind: 'poisson', ratePerSecond: 10 },
    durationS: 10,
    requests: latencies.length,
    good: latencies.filter(Number.isFinite).length,
    errors: {},
    completedInWindow: 0,
    connections: { opened: 1, reconnects: 0 },
    latency: encoded(latencies),
    serviceTime: encoded(latencies),
    scheduleError: encoded(latencies),
    seconds: [],
    client: { cpuSeconds: 1, utilisation: 0.1, eventLoopLagMs: { p99: 1, max: 2 }, runQueueWaitSeconds: 0.1 },
    server: null,
    golden: { checked: 0, wrong: 0, firstMismatch: null },
    aborted: null,
    log: null,
    ...change,
  };
}

function share(index: number, of: number, segments: SegmentResult[], id = 'job'): LoadResult {
  return { schema: 'infersweep.load-result.v1', id, segments, share: { index, of } };
}
const merged = (...parts: SegmentResult[]) =>
  mergeResults(parts.map((part, index) => share(index, parts.length, [part]))).segments[0]!;

const counters = (n: number) => ({
  inferenceCount: n,
  executionCount: n,
  successCount: n,
  successNs: n,
  queueNs: n,
  computeNs: n,
  cpuSeconds: null,
  rssMib: null,
  pid: 1,
});

describe('one result of several shares', () => {
  it('holds exactly the samples of all, however they are dealt', () => {
    const sample = fc.oneof(fc.double({ min: 0.01, max: 1e5, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY));
    const dealt = fc.array(fc.tuple(sample, fc.nat(3)), { maxLength: 200 });
    fc.assert(
      fc.property(dealt, (samples) => {
        const parts = [0, 1, 2, 3].map((k) =>
          segment(
            {},
            samples.filter(([, owner]) => owner === k).map(([value]) => value),
          ),
        );
        const whole = segment(
          {},
          samples.map(([value]) => value),
        );
        const one = merged(...parts);
        expect([one.requests, one.good]).toEqual([whole.requests, whole.good]);
        for (const key of ['latency', 'serviceTime', 'scheduleError'] as const) {
          const { sumMs, ...exact } = one[key];
          const { sumMs: total, ...expected } = whole[key];
          expect(exact).toEqual(expected);
          expect(sumMs).toBeCloseTo(total, 3);
        }
      }),
    );
  });

  it('adds counts, takes the longest duration, the worst client and the widest server interval', () => {
    const one = merged(
      segment({
        errors: { timeout: 2, reset: 1 },
        completedInWindow: 5,
        durationS: 10,
        connections: { opened: 2, reconnects: 1, handshakeMs: 3 },
        throttled: 2,
        client: { cpuSeconds: 1, utilisation: 0.9, eventLoopLagMs: { p99: 1, max: 9 }, runQueueWaitSeconds: null },
        server: { before: counters(10), after: counters(90), readMs: 7 },
        golden: { checked: 3, wrong: 0, firstMismatch: null },
      }),
      segment({
        errors: { timeout: 1 },
        completedInWindow: 7,
        durationS: 4,
        aborted: 'stopped',
        connections: { opened: 3, reconnects: 0, handshakeMs: 2 },
        throttled: 3,
        client: { cpuSeconds: 2, utilisation: 0.2, eventLoopLagMs: { p99: 4, max: 5 }, runQueueWaitSeconds: 0.3 },
        server: { before: counters(12), after: counters(95), readMs: 6 },
        golden: { checked: 4, wrong: 1, firstMismatch: 'body a' },
        lateMs: 12,
      }),
    );
    expect(one).toMatchObject({
      errors: { timeout: 3, reset: 1 },
      completedInWindow: 12,
      durationS: 10,
      aborted: 'stopped',
      connections: { opened: 5, reconnects: 1, handshakeMs: 2 },
      throttled: 5,
      client: { cpuSeconds: 3, utilisation: 0.9, eventLoopLagMs: { p99: 4, max: 9 }, runQueueWaitSeconds: 0.3 },
      server: { before: counters(10), after: counters(95), readMs: 6 },
      golden: { checked: 7, wrong: 1, firstMismatch: 'body a' },
      lateMs: 12,
    });
  });

  it('lays seconds beside each other by the moment at which each share began', () => {
    const second = (at: number, good: number) => ({ second: at, good, bad: 1, latencySumMs: good * 2 });
    const one = merged(
      segment({ startedAtMs: 100_000, seconds: [second(0, 1), second(1, 2)] }),
      segment({ startedAtMs: 100_400, seconds: [second(0, 10)] }),
      segment({ startedAtMs: 102_100, seconds: [second(0, 100), second(1, 200)] }),
    );
    expect(one.startedAtMs).toBe(100_000);
    expect(one.seconds).toEqual([
      { second: 0, good: 11, bad: 2, latencySumMs: 22 },
      { second: 1, good: 2, bad: 1, latencySumMs: 4 },
      { second: 2, good: 100, bad: 1, latencySumMs: 200 },
      { second: 3, good: 200, bad: 1, latencySumMs: 400 },
    ]);
  });

  it('keeps of each part what one share read of the server, and adds up what the generators spent on it', () => {
    const client = (cpuSeconds: number) => ({ cpuSeconds, runQueueWaitSeconds: cpuSeconds / 10 });
    const own = (change: object) => {
      const { durationS, requests, good, errors, completedInWindow, latency, serviceTime, scheduleError } = segment();
      const counts = { durationS, requests, good, errors, completedInWindow, latency, serviceTime, scheduleError };
      return { ...counts, seconds: [], ...change };
    };
    const server = { before: counters(1), after: counters(9), seconds: 10 };
    const one = merged(
      segment({ parts: [own({ client: client(1), replyMs: 3 }), own({})] }),
      segment({ parts: [own({ client: client(2), replyMs: 4, server }), own({ client: client(1) })] }),
    );
    expect(one.parts![0]).toMatchObject({ server, replyMs: 7, client: { cpuSeconds: 3, runQueueWaitSeconds: 0.2 } });
    // Of two generators, one says nothing of the second part: what both spent on it is not known.
    expect(one.parts![1]!.client).toBeUndefined();
    expect(one.parts![1]!.server).toBeUndefined();
  });

  it('says of how many it is, and how far apart they began', () => {
    const threads = (startedAtMs: number, startSpreadMs: number) =>
      segment({ startedAtMs, shares: { count: 2, startSpreadMs } });
    expect(merged(threads(1000, 3), threads(1700, 5)).shares).toEqual({ count: 4, startSpreadMs: 700 });
    expect(merged(threads(1000, 3), threads(1001, 5)).shares).toEqual({ count: 4, startSpreadMs: 5 });
    expect(merged(segment(), segment()).shares).toEqual({ count: 2, startSpreadMs: 0 });
  });

  it('joins the logs by id', () => {
    const row = (id: string) => ({ id, variant: 0, intendedMs: 1, sentMs: 1, doneMs: 2, outcome: 'ok' });
    const one = merged(segment({ log: [row('1'), row('3')] }), segment({ log: [row('2')] }));
    expect(one.log!.map((r) => r.id)).toEqual(['1', '2', '3']);
    expect(merged(segment({ log: [row('1')] }), segment()).log).toBeNull();
  });

  it('calls a segment stopped that a share never began', () => {
    const { segments } = mergeResults([share(0, 2, [segment(), segment({ id: 't' })]), share(1, 2, [segment()])]);
    expect(segments.map((s) => [s.id, s.aborted])).toEqual([
      ['s', null],
      ['t', 'stopped'],
    ]);
  });

  it('of one generator is that result', () => {
    const only: LoadResult = { schema: 'infersweep.load-result.v1', id: 'job', segments: [segment({}, [1, 2])] };
    expect(mergeResults([only])).toEqual(only);
  });
});

describe('what is no whole', () => {
  it.each([
    ['nothing', []],
    ['a share missing', [share(0, 3, []), share(2, 3, [])]],
    ['a share twice', [share(0, 2, []), share(0, 2, [])]],
    ['another job', [share(0, 2, []), share(1, 2, [], 'other')]],
    ['another division', [share(0, 2, []), share(1, 3, [])]],
    ['another segment', [share(0, 2, [segment()]), share(1, 2, [segment({ id: 't' })])]],
    ['another shape', [share(0, 2, [segment()]), share(1, 2, [segment({ shape: { kind: 'once' } })])]],
  ])('is refused: %s', (_what, results) => {
    expect(() => mergeResults(results)).toThrow(RangeError);
  });

  it('adds the parts of a load whose rate changes, as far as each share came', () => {
    const part = (latencies: readonly number[], seconds: SegmentResult['seconds'] = []) => {
      const { durationS, requests, good, errors, completedInWindow, latency, serviceTime, scheduleError } = segment(
        {},
        latencies,
      );
      return { durationS, requests, good, errors, completedInWindow, latency, serviceTime, scheduleError, seconds };
    };
    const second = { second: 0, good: 1, bad: 0, latencySumMs: 5 };
    const { parts } = merged(
      segment({ parts: [part([1, 2], [second]), part([3])] }),
      segment({ parts: [part([4], [second])] }),
    );
    expect(parts!.map((p) => [p.requests, Histogram.decode(p.latency).count])).toEqual([
      [3, 3],
      [1, 1],
    ]);
    expect(parts![0]!.seconds).toEqual([{ ...second, good: 2, latencySumMs: 10 }]);
    expect(merged(segment(), segment())).not.toHaveProperty('parts');
  });

  it('adds up the time of replies, and keeps the fullest account of the server that all of them asked', () => {
    const told = (...ends: number[]) => ({ capacity: capacityOf(), seconds: ends.map((endS) => secondOf({ endS })) });
    const both = merged(
      segment({ replyMs: 5, utilisation: told(1) }),
      segment({ replyMs: 7, utilisation: told(1, 2) }),
      segment(),
    );
    expect(both.replyMs).toBe(12);
    expect(both.utilisation!.seconds.map((s) => s.endS)).toEqual([1, 2]);
    expect(merged(segment(), segment())).not.toHaveProperty('utilisation');
    expect(merged(segment(), segment())).not.toHaveProperty('replyMs');
  });
});
