/** Whole experiments with realistic figures, for reports: a laptop under growing load, and a fleet with prices. */
import { readFileSync } from 'node:fs';
import { Histogram } from '../../lib/core/load/histogram.ts';
import { uniform } from '../../lib/core/load/seeded-random.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { publishedMeasurements } from '../../lib/core/measure/published-measurements.ts';
import type { Configuration } from '../../lib/core/plan/plan.ts';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import { recommendPublished } from '../../lib/core/recommend/recommend-published.ts';
import { chooseFinalists } from '../../lib/core/search/finalists.ts';
import { publishedSchema } from '../../lib/core/spec/published-schema.ts';
import { configurationOf, measurementOf, stairOf } from './measurements.ts';

interface Server {
  configuration: Configuration;
  /** Milliseconds of one batch: fixed + perItem x size. */
  fixedMs: number;
  perItemMs: number;
  maxBatch: number;
  readySeconds: number;
  prepareSeconds: number;
  usdPerHour: number | null;
  broken?: boolean;
}

/** A saturating server under `users` in a closed loop, with a skewed spread of latencies. */
function measured(
  s: Server,
  purpose: 'screen' | 'confirm',
  seed: number,
  users: readonly number[],
  windows: number,
): Measurement {
  const stairs = users.map((count) => {
    const batch = Math.min(count, s.maxBatch);
    const batchMs = s.fixedMs + s.perItemMs * batch;
    const rate = (batch / batchMs) * 1000 * (count === 1 ? 0.95 : 1);
    const typical = (count / rate) * 1000;
    const noise = Array.from({ length: windows }, (_, i) => (uniform(seed + count, i) - 0.5) * 0.06);
    const h = new Histogram();
    const samples = Math.max(200, Math.round(rate * 1.5 * windows));
    for (let i = 0; i < samples; i++) {
      const z = Math.sqrt(-2 * Math.log(uniform(seed + 7, i))) * Math.cos(2 * Math.PI * uniform(seed + 9, i));
      h.record(typical * Math.exp(0.16 * z) * (uniform(seed + 11, i) > 0.985 ? 1.8 : 1));
    }
    const base = stairOf({ users: count, ratePerSecond: rate, latencyMs: typical, samples, noise });
    return {
      ...base,
      latency: h.encode(),
      meanBatch: s.maxBatch === 1 ? 1 : batch * 0.93,
      split: { queueMs: Math.max(0, typical - batchMs), computeMs: batchMs, overheadMs: 0.3 },
      serverCpuUtilisation: 0.97,
    };
  });
  return {
    ...measurementOf(s.configuration, [], { purpose }),
    trial: `${s.configuration.id}#${purpose}`,
    stairs,
    startup: { readySeconds: s.readySeconds, prepareSeconds: s.prepareSeconds, prepareCached: false },
    price:
      s.usdPerHour === null
        ? null
        : { usdPerHour: s.usdPerHour, source: 'AWS price list', region: 'us-east-1', date: '2026-11-18' },
    priceNote: s.usdPerHour === null ? 'a laptop has no price per hour' : null,
    versions: { infersweep: '0.1.0', node: '20.20.2', host: 'laptop', onnxruntime: '1.30.0' },
    ...(s.broken
      ? {
          validity: {
            status: 'invalid' as const,
            reasons: [
              {
                code: 'wrong-output' as const,
                detail: '3 of 8 compared answers are wrong: output logits: value 0 is 0.4 instead of 0.9',
              },
            ],
          },
        }
      : {}),
  };
}

const local = (name: string, o: Omit<Server, 'configuration' | 'usdPerHour'>): Server => ({
  configuration: configurationOf(name, { runtime: name.split('-')[0]! }),
  usdPerHour: null,
  ...o,
});

export function laptop() {
  const servers = [
    local('onnxruntime-unbatched', {
      fixedMs: 3.1,
      perItemMs: 2.4,
      maxBatch: 1,
      readySeconds: 1.9,
      prepareSeconds: 6.2,
    }),
    local('onnxruntime-batched-pooled', {
      fixedMs: 3.1,
      perItemMs: 1.1,
      maxBatch: 8,
      readySeconds: 2.1,
      prepareSeconds: 6.2,
    }),
    local('torch-eager', { fixedMs: 6.5, perItemMs: 4.3, maxBatch: 1, readySeconds: 5.4, prepareSeconds: 0.4 }),
    local('torch-eager-batched', { fixedMs: 6.5, perItemMs: 2.2, maxBatch: 8, readySeconds: 5.6, prepareSeconds: 0.4 }),
    local('torch-torchscript-batched', {
      fixedMs: 5.9,
      perItemMs: 1.9,
      maxBatch: 8,
      readySeconds: 6.8,
      prepareSeconds: 3.3,
    }),
    local('reference', { fixedMs: 60, perItemMs: 25, maxBatch: 1, readySeconds: 0.4, prepareSeconds: 0 }),
    local('onnxruntime-int8', {
      fixedMs: 2,
      perItemMs: 0.9,
      maxBatch: 8,
      readySeconds: 2,
      prepareSeconds: 7,
      broken: true,
    }),
  ];
  const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
  const screened = servers.map((s, i) => measured(s, 'screen', 100 + i, [1, 4, 16], 6));
  const confirmed = chooseFinalists(screened, slo, 'maximize-throughput', 2).map(({ configuration, stair }, i) => {
    const server = servers.find((s) => s.configuration.id === configuration)!;
    return measured(server, 'confirm', 300 + i, [Number(stair.replace('users-', ''))], 10);
  });
  const measurements = [...screened, ...confirmed];
  const recommendation = recommend({
    experiment: 'quickstart',
    slo,
    demand: null,
    objective: 'maximize-throughput',
    measurements,
  });
  return { measurements, recommendation };
}

export function fleet() {
  const types = [
    ['ml.g4dn.xlarge', 0.7364, 1],
    ['ml.g4dn.2xlarge', 0.94, 0.94],
    ['ml.g4dn.12xlarge', 4.89, 0.25],
    ['ml.c7g.4xlarge', 0.78, 3.4],
  ] as const;
  const runtimes = [
    ['pt-base', 60, 22, 1],
    ['pt-db', 60, 14, 8],
    ['trt-base', 26, 15, 1],
    ['trt-db', 26, 8, 8],
  ] as const;
  const measurements = types.flatMap(([instanceType, usdPerHour, slow], t) =>
    runtimes.map(([name, fixedMs, perItemMs, maxBatch], r) => {
      const configuration = configurationOf(name, { target: 'sagemaker', instanceType });
      const server = {
        fixedMs: fixedMs * slow,
        perItemMs: perItemMs * slow,
        maxBatch,
        readySeconds: 240 + 31 * t + 12 * r,
        prepareSeconds: 90,
      };
      return measured({ configuration, usdPerHour, ...server }, 'screen', 1000 + 50 * t + r, [1, 4, 8, 16], 20);
    }),
  );
  const slo = { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 };
  const demand = { requestsPerMinute: 30_000, low: 15_000, peak: 45_000 };
  const recommendation = recommend({ experiment: 'bert-large', slo, demand, objective: 'minimize-cost', measurements });
  return { measurements, recommendation };
}

/** Somebody's table: single figures, no curves, no start. */
export function published() {
  const file = new URL('../../examples/triton-instance-sweep/published.json', import.meta.url);
  const document = publishedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { measurements: publishedMeasurements(document), recommendation: recommendPublished(document) };
}
