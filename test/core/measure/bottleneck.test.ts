import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../lib/core/load/histogram.ts';
import { type Bottleneck, bottleneckOf } from '../../../lib/core/measure/bottleneck.ts';
import type { StairMeasurement } from '../../../lib/core/measure/measurement.ts';
import type { Parameters } from '../../../lib/core/plan/plan.ts';
import { capacityOf, secondOf } from '../../support/measurements.ts';

interface Case {
  queueMs?: number | null;
  computeMs?: number;
  overheadMs?: number;
  /** Beyond the three parts: inside the server's own time, but neither queue nor compute. */
  codecMs?: number;
  clientUtilisation?: number;
  clientWaitS?: number;
  /** Cores. */
  serverCpu?: number | null;
  ratePerSecond?: number;
  meanBatch?: number;
  parameters?: Parameters;
  /** Milliseconds that a request's, a reply's bytes are on their way. */
  requestMs?: number;
  replyMs?: number;
  /** Share of the time in which work waited for memory. */
  stall?: number;
  /** Major faults a second. */
  faults?: number;
  busy?: number;
}

function stairOf(c: Case): StairMeasurement {
  const { queueMs = 0.1, computeMs = 1, overheadMs = 0.2, codecMs = 0, ratePerSecond = 100 } = c;
  const serviceTime = new Histogram();
  for (let i = 0; i < 100; i++) serviceTime.record((queueMs ?? 0) + computeMs + overheadMs + codecMs);
  const encoded = serviceTime.encode();
  return {
    id: 'u4',
    shape: { kind: 'closed', users: 4 },
    windows: 1,
    durationS: 10,
    requests: ratePerSecond * 10,
    good: ratePerSecond * 10,
    errors: {},
    completedInWindow: ratePerSecond * 10,
    windowRates: [ratePerSecond],
    latency: encoded,
    serviceTime: encoded,
    scheduleError: new Histogram().encode(),
    seconds: [],
    split: queueMs === null ? { queueMs, computeMs: null, overheadMs: null } : { queueMs, computeMs, overheadMs },
    transfer: { requestMs: c.requestMs ?? null, replyMs: c.replyMs ?? null },
    meanBatch: c.meanBatch ?? 1,
    serverCpuUtilisation: c.serverCpu === undefined ? 0.3 : c.serverCpu,
    serverRssMib: null,
    utilisation: usedOf(c),
    client: {
      cpuSeconds: 1,
      utilisation: c.clientUtilisation ?? 0.2,
      eventLoopLagMs: { p99: 0, max: 0 },
      runQueueWaitSeconds: c.clientWaitS ?? 0,
    },
  };
}

/** Seconds alike, as a host with 512 MiB for the server would tell. */
function usedOf({ stall, faults, busy }: Case): StairMeasurement['utilisation'] {
  if (stall === undefined && busy === undefined) return null;
  const second = secondOf({
    memoryStallShare: stall ?? 0,
    majorFaults: faults ?? 0,
    acceleratorBusy: busy === undefined ? null : [busy],
  });
  return {
    capacity: { ...capacityOf(), memoryLimitMib: 512 },
    seconds: [[second, { ...second, endS: 2 }]],
  };
}

const wordOf = (c: Case) => bottleneckOf({ stair: stairOf(c), parameters: c.parameters ?? {}, serverCores: 1 }).word;

describe('bottleneckOf', () => {
  it.each<[string, Case, Bottleneck]>([
    ['a generator out of processor', { clientUtilisation: 0.95 }, 'client'],
    ['a generator that shares its core', { clientUtilisation: 0.5, clientWaitS: 4.5 }, 'client'],
    ['a generator that waits now and then', { clientUtilisation: 0.2, clientWaitS: 4.5 }, 'compute'],
    ['a busy generator before a server with nothing left', { clientUtilisation: 0.95, serverCpu: 0.97 }, 'compute'],
    ['the model itself', { computeMs: 8 }, 'compute'],
    ['requests behind a busy model', { queueMs: 20, computeMs: 9.5, ratePerSecond: 100 }, 'queue'],
    [
      'a batcher that waits beside an idle model',
      {
        queueMs: 20,
        computeMs: 2,
        ratePerSecond: 40,
        meanBatch: 2,
        parameters: { dynamicBatching: { maxQueueDelayMs: 20 } },
      },
      'batching wait',
    ],
    [
      'a batcher whose model is busy',
      { queueMs: 30, computeMs: 9, ratePerSecond: 200, meanBatch: 2, parameters: { dynamicBatching: {} } },
      'queue',
    ],
    ['an idle wait without a batcher', { queueMs: 20, computeMs: 2, ratePerSecond: 40 }, 'queue'],
    [
      'bytes that cost processor time',
      { computeMs: 1, overheadMs: 6, serverCpu: 0.7, ratePerSecond: 100 },
      'serialisation',
    ],
    [
      'bytes that cost time inside the server',
      { computeMs: 1, overheadMs: 1, codecMs: 6, serverCpu: 0.7, ratePerSecond: 100 },
      'serialisation',
    ],
    [
      'bytes that wait for the bytes of seven others',
      { computeMs: 1, overheadMs: 63, serverCpu: 0.9, ratePerSecond: 100 },
      'serialisation',
    ],
    ['a front that half waits', { computeMs: 1, overheadMs: 6, serverCpu: 0.35, ratePerSecond: 100 }, 'unclear'],
    [
      'bytes of a server that, like its client, waits for its core',
      { computeMs: 1, overheadMs: 16, clientWaitS: 2.5, serverCpu: 0.24, ratePerSecond: 100 },
      'unclear',
    ],
    ['a front beside a busy client', { overheadMs: 6, clientUtilisation: 0.6, serverCpu: 0.15 }, 'unclear'],
    ['a front that only waits', { computeMs: 1, overheadMs: 6, serverCpu: 0.15, ratePerSecond: 100 }, 'front end'],
    ['a request that comes slowly to an idle server', { overheadMs: 6, requestMs: 4, serverCpu: 0.15 }, 'network'],
    ['a reply that comes slowly from an idle server', { overheadMs: 6, replyMs: 4, serverCpu: 0.15 }, 'network'],
    ['both ways together', { overheadMs: 6, requestMs: 2, replyMs: 2, serverCpu: 0.15 }, 'network'],
    ['bytes that come soon enough', { overheadMs: 6, requestMs: 1, replyMs: 1, serverCpu: 0.15 }, 'front end'],
    ['bytes that a busy server takes slowly', { overheadMs: 6, requestMs: 5, serverCpu: 0.7 }, 'serialisation'],
    [
      'bytes that a busy client takes slowly',
      { overheadMs: 6, replyMs: 5, clientUtilisation: 0.6, serverCpu: 0.15 },
      'unclear',
    ],
    ['a slow path before a model that takes longer', { computeMs: 8, overheadMs: 6, requestMs: 6 }, 'compute'],
    ['a model that waits for its pages', { computeMs: 8, stall: 0.6, faults: 3000 }, 'memory'],
    ['requests that queue behind pages', { queueMs: 60, computeMs: 8, stall: 0.6, faults: 3000 }, 'memory'],
    [
      'a server with time to spare whose requests wait for pages',
      { computeMs: 8, stall: 0.1, faults: 500, ratePerSecond: 20 },
      'memory',
    ],
    ['pages missed now and then', { computeMs: 8, stall: 0.2, faults: 500 }, 'compute'],
    ['pages missed often', { computeMs: 8, stall: 0.3, faults: 500 }, 'unclear'],
    ['the memory of others', { computeMs: 8, stall: 0.6, faults: 3 }, 'compute'],
    ['pages without a wait', { computeMs: 8, stall: 0, faults: 3000 }, 'compute'],
    ['a server that tells nothing but of memory', { queueMs: null, stall: 0.6, faults: 3000 }, 'memory'],
    ['a busy client before it', { computeMs: 8, stall: 0.6, faults: 3000, clientUtilisation: 0.95 }, 'client'],
    ['thirds', { queueMs: 2, computeMs: 2, overheadMs: 2 }, 'unclear'],
    ['a server that tells nothing', { queueMs: null }, 'unclear'],
    ['work that nobody counted', { overheadMs: 9, serverCpu: null }, 'unclear'],
  ])('%s: %o', (_what, c, word) => {
    expect(wordOf(c)).toBe(word);
  });

  it('says the figures', () => {
    const { detail } = bottleneckOf({ stair: stairOf({ computeMs: 9.7 }), parameters: {}, serverCores: 1 });
    expect(detail).toBe("in the model: 97 % of a request's 10.0 ms");
  });

  it('says what limits memory, and what the accelerator did', () => {
    const detailOf = (c: Case) => bottleneckOf({ stair: stairOf(c), parameters: {}, serverCores: 1 }).detail;
    expect(detailOf({ computeMs: 8, stall: 0.6, faults: 3000 })).toBe(
      'waiting for memory 60 % of the time: 3000 pages a second are read from a disk, within a limit of 512 MiB',
    );
    expect(detailOf({ computeMs: 9.7, busy: 0.97 })).toBe(
      "in the model: 97 % of a request's 10.0 ms; the accelerator is busy 97 % of the time",
    );
    expect(detailOf({ queueMs: 20, computeMs: 2, busy: 0.04 })).toMatch(/; the accelerator is busy 4 % of the time$/);
    const batching = { parameters: { dynamicBatching: {} }, ratePerSecond: 40, busy: 0.04 };
    const waits = stairOf({ queueMs: 20, computeMs: 2, ...batching });
    const finding = bottleneckOf({ stair: waits, parameters: batching.parameters, serverCores: 1 });
    expect(finding.word).toBe('batching wait');
    expect(finding.detail).toMatch(/; the accelerator is busy 4 % of the time$/);
  });
});
