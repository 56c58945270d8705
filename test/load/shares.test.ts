/** One load driven by several processes, or by several threads of one, against one real server that counts. */
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { LoadJob, LoadResult, Shape } from '../../lib/core/load/job.ts';
import { mergeResults } from '../../lib/core/load/merge-results.ts';
import { runLoad } from '../../lib/load/run-load.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';
import { type RunningServer, runLoadProcess, startLoad, startServer } from '../support/load-process.ts';
import type { ServerLog } from '../support/load-truth.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer('load-stamp-server.mjs', { holdMs: 5 });
});
afterEach(() => server.stop());

const stamps = async () => ((await (await fetch(`${server.url}/log`)).json()) as ServerLog).stamps;
/** Long enough for two processes to start on a busy host. */
const soon = () => Date.now() + 4000;

async function inProcesses(job: LoadJob): Promise<LoadResult[]> {
  return Promise.all(
    Array.from({ length: job.generators! }, (_, generator) => runLoadProcess(job, undefined, { generator })),
  );
}

describe('two processes', () => {
  const shapes: Shape[] = [
    { kind: 'poisson', ratePerSecond: 200 },
    { kind: 'constant', ratePerSecond: 200 },
    { kind: 'ramp', arrivals: 'poisson', fromPerSecond: 0, toPerSecond: 300, rampSeconds: 1 },
    { kind: 'closed', users: 5 },
  ];
  const segments = shapes.map((shape) => segmentOf(shape, 1));

  test('send together what one sends alone, from a common moment on', async () => {
    const startAtMs = soon();
    const job = jobOf(server.url, segments, { generators: 2, startAtMs });
    const parts = await inProcesses(job);
    const together = mergeResults(parts);
    const seen = await stamps();
    const logged = together.segments.flatMap((s) => s.log!.map((row) => row.id));
    expect(seen.map((s) => s.id).sort()).toEqual(logged.sort());
    expect(new Set(logged).size).toBe(logged.length);

    const alone = await runLoadProcess(jobOf(server.url, segments));
    for (const [i, part] of together.segments.entries()) {
      expect(part.errors).toEqual({});
      expect(part.good).toBe(part.requests);
      expect(Histogram.decode(part.latency).count).toBe(part.requests);
      expect(part.parts?.map((p) => p.requests)).toEqual(alone.segments[i]!.parts?.map((p) => p.requests));
      // Open loops: the same arrivals to the bit, so the same number. A closed one: the same users.
      if (part.shape.kind !== 'closed') expect(part.requests).toBe(alone.segments[i]!.requests);
      else expect([part.connections.opened, ...parts.map((p) => p.segments[i]!.connections.opened)]).toEqual([5, 3, 2]);
      const intended = part.log!.map((row) => row.intendedMs).sort((a, b) => a - b);
      const offsets = alone.segments[i]!.log!.map((row) => row.intendedMs);
      if (part.shape.kind === 'closed') continue;
      // Intended times lie as they do alone, counted from each's own start: the shares began together.
      const drift = intended.map((ms, j) => ms - intended[0]! - (offsets[j]! - offsets[0]!));
      const unequal = Math.max(...parts.map((p) => p.segments[i]!.lateMs!)) + 2;
      expect(Math.max(...drift.map(Math.abs))).toBeLessThan(unequal);
    }
    expect(together.segments[0]!.startedAtMs!).toBeGreaterThanOrEqual(startAtMs - 1);
  });

  test('hold no more sockets together than one may hold alone', async () => {
    const busy = segmentOf({ kind: 'constant', ratePerSecond: 1500 }, 0.5);
    const job = jobOf(server.url, [busy], { generators: 2, startAtMs: soon(), maxConnections: 3 });
    const parts = await inProcesses(job);
    expect(parts.map((part) => part.segments[0]!.connections.opened)).toEqual([2, 1]);
    expect(mergeResults(parts).segments[0]).toMatchObject({ requests: 750, good: 750 });
  });

  test('a moment that has passed is said to be missed', async () => {
    const job = jobOf(server.url, [segmentOf({ kind: 'closed', users: 2 }, 0.3)], {
      generators: 2,
      startAtMs: Date.now() - 5000,
    });
    const together = mergeResults(await inProcesses(job));
    expect(together.segments[0]!.lateMs).toBeGreaterThanOrEqual(5000);
    expect(together.segments[0]!.errors).toEqual({});
  });

  test('one that waits for the moment can be stopped', async () => {
    const job = jobOf(server.url, segments, { generators: 2, startAtMs: Date.now() + 600_000 });
    const load = await startLoad(job, undefined, { generator: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    load.process.kill('SIGTERM');
    expect(await load.ended).toEqual({ code: 0, errors: '' });
    expect((await load.result()).segments).toEqual([]);
    await load.remove();
  });
});

describe.skipIf(availableParallelism() < 2)('two threads', () => {
  const shapes: Shape[] = [
    { kind: 'poisson', ratePerSecond: 300 },
    { kind: 'closed', users: 5 },
  ];
  const segments = shapes.map((shape) => segmentOf(shape, 1));

  test('are one generator with as many requests and sockets', async () => {
    const job = jobOf(server.url, segments, { workers: 2 });
    const together = await runLoadProcess(job, undefined, { pin: false });
    const seen = await stamps();
    const alone = await runLoadProcess(jobOf(server.url, segments));
    const [open, closed] = together.segments;
    expect(together.share).toBeUndefined();
    expect(together.segments.map((s) => [s.errors, s.aborted])).toEqual([
      [{}, null],
      [{}, null],
    ]);
    expect(seen.length).toBe(open!.requests + closed!.log!.length);
    expect(open!.requests).toBe(alone.segments[0]!.requests);
    expect(closed!.connections.opened).toBe(5);
    expect(closed!.client.utilisation).toBeGreaterThan(0);
    expect(open!.lateMs).toBeLessThan(1000);
  });

  test('stop together and keep what was measured', async () => {
    const job = jobOf(server.url, [segmentOf({ kind: 'closed', users: 4 }, 60), ...segments], { workers: 2 });
    const load = await startLoad(job, undefined, { pin: false });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    load.process.kill('SIGTERM');
    expect(await load.ended).toEqual({ code: 0, errors: '' });
    const { segments: found } = await load.result();
    expect(found.map((s) => s.aborted)).toEqual(['stopped']);
    expect(found[0]!.good).toBeGreaterThan(20);
    await load.remove();
  });

  test('pass on why a job cannot be run', async () => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const job = jobOf(server.url, segments, { workers: 2 });
    const signed = { ...job, endpoints: { e: { ...job.endpoints['e']!, signing: { service: 's', region: 'r' } } } };
    const load = await startLoad(signed, undefined, { pin: false, entry: 'bin/load-engine.js' });
    vi.unstubAllEnvs();
    const { code, errors } = await load.ended;
    expect([code, errors]).toEqual([2, expect.stringMatching(/^cannot sign requests to .*credentials/)]);
    await load.remove();
  });
});

describe('refused', () => {
  const job = jobOf('http://127.0.0.1:1', [segmentOf({ kind: 'closed', users: 1 }, 1)]);
  test.each([
    ['more threads than cores', { workers: 64 }, 0, /64 workers and this generator may use \d+ cores/],
    ['several generators without a moment', { generators: 2 }, 0, /needs startAtMs/],
    ['a generator too many', { generators: 2, startAtMs: 1 }, 2, /generator 2 of a job for 2/],
    [
      'one body at a time by two',
      { generators: 2, startAtMs: 1, segments: [segmentOf({ kind: 'once' }, 1)] },
      0,
      /one body at a time/,
    ],
  ])('%s', async (_what, change, generator, message) => {
    await expect(runLoad({ ...job, ...change }, { generator })).rejects.toThrow(message);
  });
});
