/** Measurements made to order, for tests of everything that comes after measuring. */
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { SegmentResult, ServerCounters } from '../../lib/core/load/job.ts';
import type { SegmentUtilisation, UtilisationSecond } from '../../lib/core/load/utilisation.ts';
import type { Measurement, StairMeasurement } from '../../lib/core/measure/measurement.ts';
import type { Configuration } from '../../lib/core/plan/plan.ts';

export function histogramOf(values: readonly number[], overflow = 0) {
  const h = new Histogram();
  for (const v of values) h.record(v);
  for (let i = 0; i < overflow; i++) h.record(Number.POSITIVE_INFINITY);
  return h.encode();
}

/** `count` samples of which all are `ms`. */
export function flat(ms: number, count: number, overflow = 0) {
  return histogramOf(
    Array.from({ length: count }, () => ms),
    overflow,
  );
}

export function configurationOf(name: string, o: Partial<Configuration> = {}): Configuration {
  const target = o.target ?? 'local';
  const instanceType = o.instanceType ?? (target === 'local' ? 'local-1c' : 'ml.g4dn.xlarge');
  return {
    id: `${name}@${target}/${instanceType}`,
    name,
    target,
    instanceType,
    runtime: 'reference',
    parameters: {},
    ...o,
  };
}

export function segmentOf(o: Partial<SegmentResult> & { id?: string } = {}): SegmentResult {
  const requests = o.requests ?? 300;
  const durationS = o.durationS ?? 1.5;
  return {
    id: '1/0/users-4/x',
    endpoint: 'x',
    shape: { kind: 'closed', users: 4 },
    durationS,
    requests,
    good: requests,
    errors: {},
    completedInWindow: requests,
    connections: { opened: 4, reconnects: 0 },
    latency: flat(20, requests),
    serviceTime: flat(19, requests),
    scheduleError: flat(0.1, requests),
    seconds: [],
    client: {
      cpuSeconds: 0.3 * durationS,
      utilisation: 0.3,
      eventLoopLagMs: { p99: 1, max: 3 },
      runQueueWaitSeconds: 0.05,
    },
    server: null,
    golden: { checked: 0, wrong: 0, firstMismatch: null },
    aborted: null,
    log: null,
    ...o,
  };
}

export function countersOf(o: Partial<ServerCounters> = {}): ServerCounters {
  return {
    inferenceCount: 0,
    executionCount: 0,
    successCount: 0,
    successNs: 0,
    queueNs: 0,
    computeNs: 0,
    cpuSeconds: 0,
    rssMib: 100,
    pid: 42,
    ...o,
  };
}

/** A second of a quiet server on a host of two cores. */
export function secondOf(o: Partial<UtilisationSecond> = {}): UtilisationSecond {
  return {
    endS: 1,
    periodS: 1,
    cpuCores: 0.5,
    rssMib: 100,
    majorFaults: 0,
    memoryStallShare: 0,
    hostCpuCores: 0.8,
    hostMemoryMib: 2000,
    acceleratorBusy: null,
    acceleratorMemoryMib: null,
    ...o,
  };
}

export function capacityOf(accelerators: SegmentUtilisation['capacity']['accelerators'] = null) {
  return { serverCores: 1, hostCores: 2, hostMemoryMib: 8000, memoryLimitMib: null, accelerators };
}

export interface StairSketch {
  id?: string;
  users?: number;
  ratePerSecond: number;
  latencyMs: number;
  /** Upper 95 % limit of the p95, of 1,000 samples or more: the last 4.5 % of them take so long. @default latencyMs */
  upperMs?: number;
  samples?: number;
  failures?: number;
  /** Relative deviation of each window from the rate; their mean should be 0. */
  noise?: readonly number[];
}

const QUIET = [-0.01, 0.01, -0.01, 0.01, -0.01, 0.01];

function latencyOf({ latencyMs, upperMs = latencyMs, samples = 1000, failures = 0 }: StairSketch) {
  const slow = upperMs === latencyMs ? 0 : Math.round(samples * 0.045);
  const values = Array.from({ length: samples - failures }, (_, i) => (i < slow ? upperMs : latencyMs));
  return histogramOf(values, failures);
}

export function stairOf(s: StairSketch): StairMeasurement {
  const noise = s.noise ?? QUIET;
  const durationS = 1.5 * noise.length;
  const samples = s.samples ?? 1000;
  const failures = s.failures ?? 0;
  const users = s.users ?? 4;
  return {
    id: s.id ?? `users-${users}`,
    shape: { kind: 'closed', users },
    windows: noise.length,
    durationS,
    requests: samples,
    good: samples - failures,
    errors: failures > 0 ? { timeout: failures } : {},
    // Not rounded: a rate asked for is the rate that is read back.
    completedInWindow: s.ratePerSecond * durationS,
    windowRates: noise.map((d) => s.ratePerSecond * (1 + d)),
    latency: latencyOf(s),
    serviceTime: flat(s.latencyMs, samples - failures, failures),
    scheduleError: flat(0.1, samples),
    seconds: [],
    split: { queueMs: null, computeMs: null, overheadMs: null },
    transfer: { requestMs: null, replyMs: null },
    meanBatch: null,
    serverCpuUtilisation: null,
    serverRssMib: null,
    utilisation: null,
    client: {
      cpuSeconds: 0.3 * durationS,
      utilisation: 0.3,
      eventLoopLagMs: { p99: 1, max: 3 },
      runQueueWaitSeconds: 0.05,
    },
  };
}

export function measurementOf(
  configuration: Configuration,
  stairs: readonly StairSketch[],
  o: Partial<Measurement> = {},
): Measurement {
  return {
    schema: 'infersweep.measurement.v1',
    trial: `${configuration.id}#1`,
    configuration,
    purpose: 'screen',
    repeat: 1,
    origin: 'measured',
    region: null,
    startedAt: '2026-11-20T10:00:00Z',
    itemsPerRequest: 1,
    stairs: stairs.map(stairOf),
    scalar: null,
    golden: { checked: 8, wrong: 0, firstMismatch: null },
    startup: { readySeconds: 2, prepareSeconds: 5, prepareCached: false },
    price: null,
    priceNote: null,
    validity: { status: 'valid', reasons: [] },
    versions: {},
    ...o,
  };
}

export function scalarOf(
  configuration: Configuration,
  figure: { latencyMs: number | null; requestsPerMinute: number | null; errorRate?: number | null },
  usdPerHour: number | null,
): Measurement {
  return measurementOf(configuration, [], {
    origin: 'published',
    startedAt: null,
    region: 'us-east-1',
    scalar: { statistic: 'model latency', errorRate: null, notes: [], ...figure },
    price: usdPerHour === null ? null : { usdPerHour, source: 'test', region: 'us-east-1', date: '2026-11-20' },
    priceNote: usdPerHour === null ? 'no price is known' : null,
  });
}
