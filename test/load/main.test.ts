/** The load generator as a process, from its job file to its exit code. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpointOf, jobOf, segmentOf } from '../support/load-job.ts';
import { type RunningLoad, type RunningServer, startLoad, startServer } from '../support/load-process.ts';

let server: RunningServer;
let load: RunningLoad | null = null;
beforeEach(async () => {
  server = await startServer('load-misbehaving-server.mjs', { mode: 'good' });
});
afterEach(async () => {
  load?.process.kill('SIGKILL');
  await load?.remove();
  await server.stop();
});

const steady = { kind: 'constant', ratePerSecond: 200 } as const;

test('runs a job to its end and writes the result', async () => {
  load = await startLoad(jobOf(server.url, [segmentOf(steady, 0.5)], { id: 'run-1' }));
  expect(await load.ended).toEqual({ code: 0, errors: '' });
  const result = await load.result();
  expect(result.id).toBe('run-1');
  expect(result.segments[0]).toMatchObject({ requests: 100, good: 100, errors: {}, aborted: null });
  expect(JSON.parse(await readFile(load.progressPath, 'utf8'))).toMatchObject({
    segmentsDone: 1,
    segmentsTotal: 1,
    errors: 0,
  });
});

test('SIGTERM ends it in order: the current segment is marked, the next are not run', async () => {
  const startedMs = Date.now();
  load = await startLoad(jobOf(server.url, [segmentOf(steady, 60), segmentOf(steady, 60)]));
  while (!existsSync(load.progressPath)) await sleep(20);
  const progress = JSON.parse(await readFile(load.progressPath, 'utf8'));
  expect(progress).toMatchObject({ segment: 'constant', segmentsDone: 0, segmentsTotal: 2, errors: 0 });
  expect(progress.ratePerSecond).toBeGreaterThan(0);
  expect(progress.updatedMs).toBeGreaterThanOrEqual(startedMs);
  expect(progress.updatedMs).toBeLessThanOrEqual(Date.now());
  load.process.kill('SIGTERM');
  expect(await load.ended).toEqual({ code: 0, errors: '' });
  const { segments } = await load.result();
  expect(segments).toHaveLength(1);
  expect(segments[0]).toMatchObject({ aborted: 'stopped', errors: {} });
  expect(segments[0]!.good).toBe(segments[0]!.requests);
  expect(segments[0]!.good).toBeGreaterThan(100);
});

test('a stopped load asks the server nothing at the end of a part that it did not finish', async () => {
  const asked: string[] = [];
  const silent = createServer((request, response) => {
    if (request.url !== '/stats') return;
    asked.push(request.url);
    response.end('{}');
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  // Told to stop after a second, it waits one more for answers: the first part would have ended meanwhile.
  const shape = {
    kind: 'step',
    arrivals: 'constant',
    startPerSecond: 10,
    addPerSecond: 0,
    steps: 2,
    stepSeconds: 1.8,
  } as const;
  load = await startLoad(
    jobOf(url, [segmentOf(shape, 3.6)], { endpoints: { e: endpointOf(url, { statsPath: '/stats' }) } }),
  );
  while (!existsSync(load.progressPath)) await sleep(20);
  load.process.kill('SIGTERM');
  expect(await load.ended).toEqual({ code: 0, errors: '' });
  const { segments } = await load.result();
  expect(segments[0]).toMatchObject({ aborted: 'stopped', good: 0 });
  // Before the load, and after it.
  expect(asked).toHaveLength(2);
  silent.closeAllConnections();
  silent.close();
});

test('ends when its parent is gone', async () => {
  load = await startLoad(jobOf(server.url, [segmentOf(steady, 60)]));
  while (!existsSync(load.progressPath)) await sleep(20);
  load.process.stdin!.end();
  expect((await load.ended).code).toBe(129);
  expect(existsSync(load.resultPath)).toBe(false);
});

test.each([
  ['an invalid job', { timeoutMs: -1 }, /^load job .*job\.json is invalid at timeoutMs: .*\n$/],
  ['a job it cannot run', { endpoints: {} }, /^segment constant names endpoint e; .*\n$/],
])('%s: exit 2 and one line', async (_, change, line) => {
  load = await startLoad(jobOf(server.url, [segmentOf(steady, 1)], change));
  const { code, errors } = await load.ended;
  expect(code).toBe(2);
  expect(errors).toMatch(line);
});
