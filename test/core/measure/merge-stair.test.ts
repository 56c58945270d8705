import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../lib/core/load/histogram.ts';
import { mergeStair } from '../../../lib/core/measure/merge-stair.ts';
import { throughputOf } from '../../../lib/core/measure/throughput.ts';
import { countersOf, flat, segmentOf, stairOf } from '../../support/measurements.ts';

const second = (n: number, good = 10) => ({ second: n, good, bad: 0, latencySumMs: 0 });

describe('mergeStair', () => {
  it('adds counts and histograms', () => {
    const a = segmentOf({
      requests: 10,
      good: 9,
      errors: { timeout: 1 },
      completedInWindow: 8,
      latency: flat(10, 9, 1),
    });
    const b = segmentOf({
      requests: 20,
      good: 17,
      errors: { timeout: 2, reset: 1 },
      completedInWindow: 16,
      latency: flat(30, 17, 3),
    });
    const stair = mergeStair('users-4', [a, b], 0.5);
    expect(stair).toMatchObject({
      id: 'users-4',
      windows: 2,
      durationS: 3,
      requests: 30,
      good: 26,
      errors: { timeout: 3, reset: 1 },
      completedInWindow: 24,
      shape: { kind: 'closed', users: 4 },
    });
    expect(stair.windowRates).toEqual([8 / 1.5, 16 / 1.5]);
    const latency = Histogram.decode(stair.latency);
    expect(latency.count).toBe(30);
    expect(latency.overflow).toBe(4);
    expect(latency.percentile(30)).toBeCloseTo(10, 0);
    expect(latency.percentile(31)).toBeCloseTo(30, 0);
  });

  it('keeps the whole measured seconds only', () => {
    const seconds = [0, 1, 2, 3].map((n) => second(n));
    const shown = (durationS: number, drop: number) =>
      mergeStair('s', [segmentOf({ durationS, seconds })], drop).seconds[0]!.map((s) => s.second);
    expect(shown(1.5, 0.5)).toEqual([1]);
    expect(shown(2.9999, 1)).toEqual([1, 2, 3]);
    expect(shown(2.5, 1)).toEqual([1, 2]);
    expect(shown(3, 0)).toEqual([0, 1, 2]);
  });

  it('takes batch, split and CPU from the growth of the server counters', () => {
    const before = countersOf({
      inferenceCount: 100,
      executionCount: 50,
      successCount: 100,
      successNs: 1e9,
      queueNs: 2e8,
      computeNs: 5e8,
      cpuSeconds: 1,
    });
    const after = countersOf({
      inferenceCount: 500,
      executionCount: 150,
      successCount: 300,
      successNs: 3e9,
      queueNs: 8e8,
      computeNs: 15e8,
      cpuSeconds: 4,
      rssMib: 321,
    });
    const stair = mergeStair(
      's',
      [segmentOf({ durationS: 1.5, server: { before, after }, serviceTime: flat(12, 50) })],
      0.5,
    );
    expect(stair.meanBatch).toBe(4);
    expect(stair.split).toEqual({ queueMs: 3, computeMs: 5, overheadMs: 2 });
    expect(stair.serverCpuUtilisation, 'over the dropped head as well').toBe(1.5);
    expect(stair.serverRssMib).toBe(321);
  });

  it('never tells of less than nothing, nor of what it does not know', () => {
    const server = {
      before: countersOf({ cpuSeconds: null }),
      after: countersOf({ successCount: 10, successNs: 1e9, cpuSeconds: 2 }),
    };
    const stair = mergeStair('s', [segmentOf({ server, serviceTime: flat(12, 50) })], 0);
    expect(stair.split.overheadMs).toBe(0);
    expect(stair.serverCpuUtilisation).toBeNull();
    expect(stair.meanBatch, 'no execution').toBeNull();
    const silent = mergeStair(
      's',
      [segmentOf({ serviceTime: flat(1, 0, 5), server: { ...server, after: countersOf({ successCount: 0 }) } })],
      0,
    );
    expect(silent.split).toEqual({ queueMs: null, computeMs: null, overheadMs: null });
    const failed = mergeStair('s', [segmentOf({ serviceTime: flat(1, 0, 5), server })], 0);
    expect(failed.split.overheadMs).toBeNull();
  });

  it('ignores the counters of a window in which the server was replaced', () => {
    const replaced = segmentOf({
      server: { before: countersOf({ pid: 1 }), after: countersOf({ pid: 2, inferenceCount: 9, executionCount: 3 }) },
    });
    expect(mergeStair('s', [replaced], 0).meanBatch).toBeNull();
    expect(mergeStair('s', [segmentOf()], 0).serverRssMib).toBeNull();
  });

  it('sums what the client spent and takes the median window for its lag', () => {
    const client = (cpuSeconds: number, p99: number, runQueueWaitSeconds: number | null) =>
      segmentOf({
        durationS: 2,
        client: { cpuSeconds, utilisation: cpuSeconds / 2, eventLoopLagMs: { p99, max: p99 * 2 }, runQueueWaitSeconds },
      });
    const stair = mergeStair('s', [client(1, 2, 0.1), client(0.4, 3, 0.2), client(0.6, 500, 0.3)], 0);
    expect(stair.client.cpuSeconds).toBe(2);
    expect(stair.client.utilisation).toBeCloseTo(1 / 3, 12);
    expect(stair.client.eventLoopLagMs).toEqual({ p99: 3, max: 1000 });
    expect(stair.client.runQueueWaitSeconds).toBeCloseTo(0.6, 12);
    expect(mergeStair('s', [client(1, 2, 0.1), client(1, 2, null)], 0).client.runQueueWaitSeconds).toBeNull();
  });

  it('copes with a window that has no time', () => {
    const stair = mergeStair('s', [segmentOf({ durationS: 0, requests: 0 })], 0);
    expect(stair.windowRates).toEqual([0]);
    expect(stair.client.utilisation).toBe(0);
    expect(throughputOf([stair])).toEqual({ ratePerSecond: 0, interval: null });
  });

  it('needs a window', () => expect(() => mergeStair('s', [], 0)).toThrow(RangeError));
});

describe('throughputOf', () => {
  it('is good answers over measured time, with the interval centred on it', () => {
    const noise = [-0.2, 0.1, 0.1];
    const { ratePerSecond, interval } = throughputOf([stairOf({ ratePerSecond: 100, latencyMs: 5, noise })]);
    expect(ratePerSecond).toBeCloseTo(100, 9);
    expect((interval!.low + interval!.high) / 2).toBeCloseTo(100, 9);
    expect(interval!.high).toBeGreaterThan(120);
  });

  it('pools repeats and shrinks with more windows', () => {
    const one = stairOf({ ratePerSecond: 100, latencyMs: 5, noise: [-0.1, 0.1, -0.1, 0.1] });
    const width = (n: number) => {
      const { low, high } = throughputOf(Array.from({ length: n }, () => one)).interval!;
      return high - low;
    };
    expect(width(4)).toBeLessThan(width(1));
    expect(
      throughputOf([one, stairOf({ ratePerSecond: 200, latencyMs: 5, noise: [0, 0, 0, 0] })]).ratePerSecond,
    ).toBeCloseTo(150, 9);
  });

  it('uses the seconds of a long window, and never falls below zero', () => {
    const seconds = [Array.from({ length: 30 }, (_, i) => second(i, i % 3 === 0 ? 30 : 0))];
    const long = { ...stairOf({ ratePerSecond: 10, latencyMs: 5, noise: [0] }), seconds };
    expect(throughputOf([long]).interval).not.toBeNull();
    expect(throughputOf([{ ...long, seconds: [] }]).interval).toBeNull();
    expect(throughputOf([stairOf({ ratePerSecond: 1, latencyMs: 5, noise: [-1, 1] })]).interval!.low).toBe(0);
  });
});
