/** At a rate that the generator cannot hold, it says so; what it saw never passes for a figure of the server. */
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadJob, SegmentResult } from '../../lib/core/load/job.ts';
import { mergeResults } from '../../lib/core/load/merge-results.ts';
import { mergeStair } from '../../lib/core/measure/merge-stair.ts';
import { clientLag } from '../../lib/core/measure/rules/client-lag.ts';
import type { Configuration } from '../../lib/core/plan/plan.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';
import { type RunningServer, runLoadProcess, startServer } from '../support/load-process.ts';

/** Several times what two cores can send and answer. */
const TOO_MANY_PER_SECOND = 80_000;
const configuration: Configuration = {
  id: 'c',
  name: 'c',
  target: 'local',
  instanceType: '',
  runtime: '',
  parameters: {},
};

let server: RunningServer;
beforeEach(async () => {
  server = await startServer('load-stamp-server.mjs', {});
});
afterEach(() => server.stop());

const judged = (segment: SegmentResult) =>
  clientLag({
    configuration,
    slo: { percentile: 50, latencyMs: 1e9, maxErrorRate: 1 },
    stairs: [{ stair: mergeStair('s', [segment], 0), windows: [segment] }],
    serverCores: null,
    golden: segment.golden,
    repeats: null,
    ending: null,
  });

const job = (ratePerSecond: number, change: Partial<LoadJob> = {}) =>
  jobOf(server.url, [segmentOf({ kind: 'constant', ratePerSecond }, 0.5)], {
    maxConnections: 32,
    // All are answered in the end, so that there is a median that could pass for a figure.
    timeoutMs: 60_000,
    requestLog: false,
    ...change,
  });

describe('client-lag', () => {
  test('by one thread', async () => {
    const { segments } = await runLoadProcess(job(TOO_MANY_PER_SECOND));
    expect(judged(segments[0]!)).toMatchObject({ code: 'client-lag' });
    // Nothing is left out to look better: every intended request is in the result, sent or not.
    expect(segments[0]!.requests).toBe(TOO_MANY_PER_SECOND / 2);
  });

  test.skipIf(availableParallelism() < 2)('by two threads', async () => {
    const { segments } = await runLoadProcess(job(TOO_MANY_PER_SECOND, { workers: 2 }), undefined, { pin: false });
    expect(judged(segments[0]!)).toMatchObject({ code: 'client-lag' });
    expect(segments[0]!.requests).toBe(TOO_MANY_PER_SECOND / 2);
  });

  test('by two generators, merged', async () => {
    const shared = job(TOO_MANY_PER_SECOND, { generators: 2, startAtMs: Date.now() + 4000 });
    const parts = [0, 1].map((generator) => runLoadProcess(shared, undefined, { generator }));
    const { segments } = mergeResults(await Promise.all(parts));
    expect(judged(segments[0]!)).toMatchObject({ code: 'client-lag' });
    expect(segments[0]!.requests).toBe(TOO_MANY_PER_SECOND / 2);
  });
});
