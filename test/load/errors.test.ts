/** Every error class, from servers that really misbehave. Closed loops run in this process, open ones in their own. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Endpoint, LoadJob, SegmentResult, Shape } from '../../lib/core/load/job.ts';
import { runLoad } from '../../lib/load/run-load.ts';
import { bodyOf, endpointOf, jobOf, segmentOf } from '../support/load-job.ts';
import { type RunningServer, runLoadProcess, startServer } from '../support/load-process.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function misbehaving(mode: string, more: object = {}): Promise<RunningServer> {
  const server = await startServer('load-misbehaving-server.mjs', { mode, ...more });
  servers.push(server);
  return server;
}

const closed: Shape = { kind: 'closed', users: 2 };
const constant: Shape = { kind: 'constant', ratePerSecond: 100 };

interface Load {
  seconds?: number;
  shape?: Shape;
  job?: Partial<LoadJob>;
  endpoint?: Partial<Endpoint>;
}

async function load(url: string, { seconds = 0.4, shape = closed, job = {}, endpoint = {} }: Load = {}) {
  const whole = jobOf(url, [segmentOf(shape, seconds)], { endpoints: { e: endpointOf(url, endpoint) }, ...job });
  const result = await (shape.kind === 'closed' || shape.kind === 'once' ? runLoad(whole) : runLoadProcess(whole));
  return result.segments[0]!;
}

/** Each request ends good or in exactly one class, and each failure lies above every finite latency. */
function expectNothingDropped(segment: SegmentResult): void {
  const failed = Object.values(segment.errors).reduce((a, b) => a + b, 0);
  expect(segment.good + failed).toBe(segment.requests);
  expect(segment.latency.overflow).toBe(failed);
  expect(segment.log).toHaveLength(segment.requests);
  const rows = segment.seconds.reduce((sum, row) => sum + row.good + row.bad, 0);
  expect(rows).toBe(segment.requests);
}

describe('answers that are failures', () => {
  test.each([
    ['status-500', 'http-5xx'],
    ['status-404', 'http-4xx'],
    ['redirect', 'protocol'],
    ['garbage', 'protocol'],
    ['reset-mid-answer', 'reset'],
    ['reset-at-once', 'reset'],
  ])('%s is %s', async (mode, errorClass) => {
    const segment = await load((await misbehaving(mode)).url);
    expect(segment.requests).toBeGreaterThan(0);
    expect(segment.errors).toEqual({ [errorClass]: segment.requests });
    expect(segment.completedInWindow).toBe(0);
    expect(segment.aborted).toBeNull();
    expectNothingDropped(segment);
  });

  test.each([
    ['status-429', true],
    ['aws-throttling', true],
    ['aws-validation', false],
    ['status-404', false],
  ])('%s is a refusal for the rate: %s', async (mode, isThrottled) => {
    const segment = await load((await misbehaving(mode)).url);
    expect(segment.errors).toEqual({ 'http-4xx': segment.requests });
    expect(segment.throttled).toBe(isThrottled ? segment.requests : undefined);
  });

  test("once: the first refusal is kept in the server's own words", async () => {
    const endpoint = { bodies: [bodyOf('{}'), bodyOf('{}')] };
    const segment = await load((await misbehaving('explains-once')).url, { shape: { kind: 'once' }, endpoint });
    expect(segment).toMatchObject({ good: 1, errors: { 'http-4xx': 1 } });
    expect(segment.refusal).toEqual({ status: 400, text: 'no model m1' });
    expectNothingDropped(segment);
  });

  test.each([
    ['explains-at-length', { status: 500, text: expect.stringMatching(/^Traceback x{100,200}…$/) }],
    ['redirect', { status: 302, text: '' }],
    ['reset-mid-answer', undefined],
    ['good', undefined],
  ])('once: %s leaves %o', async (mode, refusal) => {
    const segment = await load((await misbehaving(mode)).url, { shape: { kind: 'once' } });
    expect(segment.refusal).toEqual(refusal);
  });

  test('under load nobody listens to what a refusal says', async () => {
    const segment = await load((await misbehaving('status-404')).url);
    expect(segment.refusal).toBeUndefined();
  });

  test('a server that fails one request in ten keeps the other nine', async () => {
    const segment = await load((await misbehaving('tenth-500')).url);
    expect(segment.errors['http-5xx']).toBe(Math.floor(segment.requests / 10));
    expectNothingDropped(segment);
  });

  test('a refused connection is connect, and does not spin', async () => {
    const server = await misbehaving('good');
    await server.stop();
    const segment = await load(server.url, { seconds: 1 });
    expect(segment.errors).toEqual({ connect: segment.requests });
    // 2 users, 10 ms doubling to 500 ms: 7 attempts in a second.
    expect(segment.requests).toBeGreaterThanOrEqual(8);
    expect(segment.requests).toBeLessThanOrEqual(16);
    expectNothingDropped(segment);
  });

  test('a server that never answers is a timeout, on a fresh socket each time', async () => {
    const segment = await load((await misbehaving('silent')).url, { job: { timeoutMs: 100 } });
    expect(segment.errors).toEqual({ timeout: segment.requests });
    expect(segment.requests).toBeGreaterThanOrEqual(6);
    expect(segment.requests).toBeLessThanOrEqual(8);
    expect(segment.connections.opened).toBe(segment.requests);
    expectNothingDropped(segment);
  });

  test('open loop: what timed out and what never found a socket', async () => {
    const { url } = await misbehaving('silent');
    const job = { timeoutMs: 200, maxConnections: 4 };
    const segment = await load(url, { shape: constant, seconds: 0.5, job });
    expect(segment.requests).toBe(50);
    expect(segment.errors.timeout).toBeGreaterThanOrEqual(8);
    expect(segment.errors.lost).toBeGreaterThan(20);
    expectNothingDropped(segment);
  });
});

describe('connections that end', () => {
  test.each(['close-after-each', 'close-silently'])('%s costs a reconnect, not an error', async (mode) => {
    const segment = await load((await misbehaving(mode)).url);
    expect(segment.errors).toEqual({});
    expect(segment.good).toBeGreaterThan(10);
    const { opened, reconnects } = segment.connections;
    expect(opened).toBe(reconnects + 2);
    expect(reconnects).toBeGreaterThan(10);
    expectNothingDropped(segment);
  });

  test('a request that meets a just closed socket is sent again once, and timed from the start', async () => {
    const segment = await load((await misbehaving('close-reused')).url);
    expect(segment.errors).toEqual({});
    expect(segment.good).toBeGreaterThan(10);
    expectNothingDropped(segment);
  });
});

describe('a server that dies', () => {
  test('ends the segment, and the next ones of that endpoint after a short look', { timeout: 20_000 }, async () => {
    const dying = await misbehaving('dies-after', { after: 50 });
    const healthy = await misbehaving('good');
    const segments = [
      segmentOf({ kind: 'closed', users: 8 }, 30, { id: 'dies' }),
      segmentOf({ kind: 'constant', ratePerSecond: 200 }, 30, { id: 'dead' }),
      segmentOf({ kind: 'constant', ratePerSecond: 200 }, 0.5, { id: 'other', endpoint: 'healthy' }),
    ];
    const endpoints = { e: endpointOf(dying.url), healthy: endpointOf(healthy.url) };
    const { segments: results } = await runLoadProcess(jobOf(dying.url, segments, { endpoints }));
    const [dies, dead, other] = results;
    expect(dies!.aborted).toBe('server-died');
    expect(dies!.good).toBe(50);
    expect(dies!.durationS).toBeGreaterThan(3);
    expect(dies!.durationS).toBeLessThan(30 / 2);
    expect(dead!.aborted).toBe('server-died');
    // What is known to be dead is not waited for a second time.
    expect(dead!.durationS).toBeLessThan(dies!.durationS / 2);
    expect(other).toMatchObject({ aborted: null, good: 100, requests: 100 });
    for (const segment of results) expectNothingDropped(segment);
  });
});

describe('golden outputs', () => {
  const expected = [{ name: 'y', datatype: 'FP32', shape: [2], data: [1, 2] }];
  const answerOf = (data: number[]) => JSON.stringify({ outputs: [{ name: 'y', shape: [2], data }] });
  const endpoint = { bodies: [bodyOf('{}', expected, 'first'), bodyOf('{}', expected, 'second')] };

  test('once: every body exactly once, every answer checked', async () => {
    const { url } = await misbehaving('good', { answer: answerOf([1, 2]) });
    const segment = await load(url, { shape: { kind: 'once' }, endpoint });
    expect(segment).toMatchObject({ requests: 2, good: 2, errors: {}, golden: { checked: 2, wrong: 0 } });
    expect(segment.log!.map((row) => row.variant)).toEqual([0, 1]);
    expect(segment.durationS).toBeGreaterThan(0);
  });

  test('once: a wrong answer is wrong-output, with the place in words', async () => {
    const { url } = await misbehaving('good', { answer: answerOf([1, 2.5]) });
    const segment = await load(url, { shape: { kind: 'once' }, endpoint });
    expect(segment).toMatchObject({ good: 0, errors: { 'wrong-output': 2 }, completedInWindow: 0 });
    expect(segment.golden).toEqual({
      checked: 2,
      wrong: 2,
      firstMismatch: 'body first, request 000000000001: output y: value 1 is 2.5 instead of 2',
    });
    expectNothingDropped(segment);
  });

  test('under load: 16 answers spread over time, moved from good to wrong-output', async () => {
    const { url } = await misbehaving('good', { answer: answerOf([1, Number.NaN]) });
    // Sixteen parts of 300 ms each; a host that others share may leave some of them without an answer.
    const segment = await load(url, { endpoint, seconds: 4.8 });
    const { checked } = segment.golden!;
    expect(checked).toBeGreaterThan(8);
    expect(checked).toBeLessThanOrEqual(16);
    expect(segment.golden).toMatchObject({ checked, wrong: checked });
    expect(segment.errors).toEqual({ 'wrong-output': checked });
    expect(segment.good).toBe(segment.requests - checked);
    const spanOf = (rows: typeof segment.log) => {
      const times = rows!.map((row) => row.intendedMs).sort((a, b) => a - b);
      return times.at(-1)! - times[0]!;
    };
    const wrong = segment.log!.filter((row) => row.outcome === 'wrong-output');
    expect(spanOf(wrong)).toBeGreaterThan(spanOf(segment.log) / 2);
    expect(segment.seconds.reduce((sum, row) => sum + row.bad, 0)).toBe(checked);
  });

  test('an answer that is no KServe answer is wrong', async () => {
    const { url } = await misbehaving('good', { answer: 'hello' });
    const segment = await load(url, { shape: { kind: 'once' }, endpoint });
    expect(segment.golden.firstMismatch).toContain('the answer is not JSON');
  });
});
