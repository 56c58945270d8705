import { describe, expect, it } from 'vitest';
import type { SegmentResult } from '../../../lib/core/load/job.ts';
import { rules } from '../../../lib/core/measure/rules/all-rules.ts';
import { batchingInert } from '../../../lib/core/measure/rules/batching-inert.ts';
import { clientBound } from '../../../lib/core/measure/rules/client-bound.ts';
import { clientLag } from '../../../lib/core/measure/rules/client-lag.ts';
import { errorRate } from '../../../lib/core/measure/rules/error-rate.ts';
import { interrupted } from '../../../lib/core/measure/rules/interrupted.ts';
import { serverDied } from '../../../lib/core/measure/rules/server-died.ts';
import { timeout } from '../../../lib/core/measure/rules/timeout.ts';
import { tooFewSamples } from '../../../lib/core/measure/rules/too-few-samples.ts';
import { unequalStarts } from '../../../lib/core/measure/rules/unequal-starts.ts';
import { unhealthy } from '../../../lib/core/measure/rules/unhealthy.ts';
import { unsteady } from '../../../lib/core/measure/rules/unsteady.ts';
import { wrongOutput } from '../../../lib/core/measure/rules/wrong-output.ts';
import { evidenceOf } from '../../support/evidence.ts';
import { configurationOf, countersOf, flat, segmentOf } from '../../support/measurements.ts';

type Client = Partial<SegmentResult['client']>;

/** One window of 1.5 s whose client used `utilisation` of its core. */
function window(client: Client, o: Partial<SegmentResult> = {}): SegmentResult {
  const utilisation = client.utilisation ?? 0.3;
  const base = {
    cpuSeconds: utilisation * 1.5,
    utilisation,
    eventLoopLagMs: { p99: 1, max: 3 },
    runQueueWaitSeconds: 0.1,
  };
  return segmentOf({ client: { ...base, ...client }, ...o });
}

/** Counters of a server that used `cores` over 1.5 s. */
const busyServer = (cores: number) => ({ before: countersOf(), after: countersOf({ cpuSeconds: cores * 1.5 }) });

const poisson = { shape: { kind: 'poisson' as const, ratePerSecond: 200 } };
const quick = (users: number, ms: number) => ({
  shape: { kind: 'closed' as const, users },
  requests: 15_000,
  latency: flat(ms, 15_000),
});

describe('client-bound', () => {
  it.each([
    ['a full core', { utilisation: 0.9 }, {}],
    ['a full core beside an idle server', { utilisation: 0.95 }, { server: busyServer(0.5) }],
    ['a core that others hold', { runQueueWaitSeconds: 0.76 }, {}],
    // One user, 15,000 requests of 0.1 ms, of which the client spent 0.0401 itself.
    ['a server without service time, alone', { utilisation: 0.401, cpuSeconds: 0.6015 }, quick(1, 0.1)],
    // Measured on a contended host: half a core for the client, a third of the time spent waiting for it.
    [
      'a server without service time',
      { utilisation: 0.47, cpuSeconds: 0.705, runQueueWaitSeconds: 0.48 },
      quick(4, 0.18),
    ],
  ] as const)('finds %s', (_, client, o) => {
    expect(clientBound(evidenceOf([[window({ utilisation: 0.2 })], [window(client, o)]]))).toMatchObject({
      code: 'client-bound',
      detail: expect.stringContaining('stair-1'),
    });
  });

  it.each([
    ['a busy laptop', { utilisation: 0.7, runQueueWaitSeconds: 0.5 }, {}],
    ['just under the limits', { utilisation: 0.899, runQueueWaitSeconds: 0.75 }, {}],
    ['a saturated server', { utilisation: 0.99, runQueueWaitSeconds: 1 }, { server: busyServer(0.9) }],
    ['an unknown wait', { runQueueWaitSeconds: null }, {}],
    ['a quick but observable server, alone', { utilisation: 0.399, cpuSeconds: 0.5985 }, quick(1, 0.1)],
    ['a quick but observable server', { utilisation: 0.47, cpuSeconds: 0.705 }, quick(4, 0.19)],
    ['an open loop, which pays for its clock', { utilisation: 0.6, cpuSeconds: 0.9 }, { ...quick(1, 0.1), ...poisson }],
    ['its own upkeep at a low rate', { utilisation: 0.24, cpuSeconds: 0.36 }, { ...quick(1, 30), requests: 2 }],
    ['nothing but failures', { utilisation: 0.2 }, { latency: flat(1, 0, 300), good: 0 }],
    ['an empty window', { utilisation: 0.2 }, { requests: 0, latency: flat(1, 0) }],
  ] as const)('accepts %s', (_, client, o) => {
    expect(clientBound(evidenceOf([[window(client, o)]]))).toBeNull();
  });

  it('goes by the median window', () => {
    const stall = window({ utilisation: 1, runQueueWaitSeconds: 1.5 });
    const calm = window({ utilisation: 0.3 });
    expect(clientBound(evidenceOf([[calm, stall, calm]]))).toBeNull();
    expect(clientBound(evidenceOf([[stall, calm, stall]]))).not.toBeNull();
  });

  it('does not take a server for saturated whose cores nobody knows', () => {
    const windows = [[window({ utilisation: 0.95 }, { server: busyServer(1) })]];
    expect(clientBound(evidenceOf(windows))).toBeNull();
    expect(clientBound(evidenceOf(windows, { serverCores: null }))).not.toBeNull();
    expect(clientBound(evidenceOf(windows, { serverCores: 2 }))).not.toBeNull();
  });
});

const arrivals = 'constant' as const;
const ramp = { kind: 'ramp' as const, arrivals, fromPerSecond: 0, toPerSecond: 200, rampSeconds: 2 };
const step = { kind: 'step' as const, arrivals, startPerSecond: 50, addPerSecond: 50, steps: 3, stepSeconds: 1 };
const trace = { kind: 'trace' as const, arrivals, ratesPerSecond: [100, 200], intervalSeconds: 1 };
const stairs = { kind: 'stairs' as const, usersPerStep: 2, steps: 3, stepSeconds: 1 };

describe('client-bound by its own latency', () => {
  /** 4 users at 0.18 ms of which the client spends 0.047 each: a share of 1.04. */
  const slow = (o: Partial<SegmentResult>) =>
    window({ utilisation: 0.8, cpuSeconds: 0.705 }, { ...quick(4, 0.18), ...o });
  const found = (o: Partial<SegmentResult>) => clientBound(evidenceOf([[slow(o)]]));

  it('is that of each generator for its own users', () => {
    expect(found({})).not.toBeNull();
    // The same work on each of two, twice the requests.
    const two = (users: number, ms: number, o: Partial<SegmentResult> = {}) =>
      window(
        { utilisation: 0.47, cpuSeconds: 1.41 },
        { ...quick(users, ms), requests: 30_000, latency: flat(ms, 30_000), ...o },
      );
    const shares = { count: 2, startSpreadMs: 0 };
    expect(clientBound(evidenceOf([[two(4, 0.18)]]))).not.toBeNull();
    expect(clientBound(evidenceOf([[two(4, 0.18, { shares })]]))).toBeNull();
    expect(clientBound(evidenceOf([[two(8, 0.18, { shares })]]))).not.toBeNull();
    // Each spends 0.235 of its core: it mostly sleeps.
    expect(found({ ...quick(2, 0.1), shares })).toBeNull();
    // Each has one user: they take turns with the server, so the lower limit holds.
    expect(clientBound(evidenceOf([[two(2, 0.1, { shares })]]))).toMatchObject({
      detail: expect.stringContaining('for 1 users of each generator'),
    });
  });

  it('counts users who join by their mean', () => {
    // 2, 4, 6 users: 4.
    expect(found({ shape: stairs })).not.toBeNull();
    expect(found({ shape: { ...stairs, usersPerStep: 1 } })).toBeNull();
  });
});

describe('unequal starts', () => {
  const apart = (startSpreadMs: number, o: Partial<SegmentResult> = {}) =>
    window({}, { durationS: 10, shares: { count: 2, startSpreadMs }, ...o });

  it.each([
    ['clocks that lie apart', [apart(501)], '501 ms apart, 5 %'],
    ['one that was late', [apart(0, { lateMs: 3000 })], '3000 ms apart, 30 %'],
    ['most windows', [apart(900), apart(0), apart(800)], '800 ms apart'],
  ])('are found by %s', (_, windows, words) => {
    expect(unequalStarts(evidenceOf([windows]))).toMatchObject({
      code: 'client-lag',
      detail: expect.stringContaining(words),
    });
  });

  it.each([
    ['within a twentieth', [apart(500)]],
    ['in one window of several', [apart(5000), apart(0), apart(0)]],
    ['of one generator', [window({}, { lateMs: 5000 })]],
    ['that the host makes', [apart(20, { durationS: 0.3 })]],
    ['of nothing', [apart(5000, { durationS: 0 })]],
  ])('are accepted %s', (_, windows) => expect(unequalStarts(evidenceOf([windows]))).toBeNull());

  it('make a trial invalid', () => expect(rules).toContain(unequalStarts));
});

describe('client-lag', () => {
  const lag = (p99: number) => ({ eventLoopLagMs: { p99, max: p99 } });
  const open = (ms: number) => ({
    shape: { kind: 'poisson' as const, ratePerSecond: 100 },
    scheduleError: flat(ms, 300),
  });

  it.each([
    ['an event loop later than the latencies', lag(21), {}, 'event loop'],
    ['beyond a slow median too', lag(101), { latency: flat(100, 300) }, 'event loop'],
    ['a late schedule', {}, open(30), 'sent late'],
    ['a late ramp', {}, { ...open(30), shape: ramp }, 'sent late'],
    ['a late staircase of rates', {}, { ...open(30), shape: step }, 'sent late'],
    ['a late trace', {}, { ...open(30), shape: trace }, 'sent late'],
    ['a late loop when most requests failed', lag(21), { latency: flat(2, 100, 200) }, 'more than half'],
    ['a late schedule when most requests failed', {}, { ...open(30), latency: flat(2, 100, 200) }, 'more than half'],
  ] as const)('finds %s', (_, client, o, words) => {
    expect(clientLag(evidenceOf([[window(client, o)]]))).toMatchObject({
      code: 'client-lag',
      detail: expect.stringContaining(words),
    });
  });

  it.each([
    ['what a contended host does', lag(20), { latency: flat(2, 300) }],
    ['failures of a server, from a generator in time', lag(19), { latency: flat(2, 100, 200) }],
    ['lag below a slow median', lag(99), { latency: flat(100, 300) }],
    ['a schedule that waits for the server', {}, { scheduleError: flat(300, 300) }],
    ['users who join and wait for the server', {}, { shape: stairs, scheduleError: flat(300, 300) }],
    ['an open loop in time', {}, open(4)],
    ['no sample', lag(500), { requests: 0, latency: flat(1, 0), ...open(1), scheduleError: flat(1, 0) }],
  ] as const)('accepts %s', (_, client, o) => expect(clientLag(evidenceOf([[window(client, o)]]))).toBeNull());

  it('goes by the median window', () => {
    expect(clientLag(evidenceOf([[window(lag(400)), window({}), window({})]]))).toBeNull();
    expect(clientLag(evidenceOf([[window(lag(400)), window(lag(400)), window({})]]))).not.toBeNull();
  });
});

describe('errors', () => {
  const failing = (failed: number, requests: number, name: 'timeout' | 'http-5xx' | 'lost' = 'http-5xx') =>
    segmentOf({
      requests,
      good: requests - failed,
      errors: { [name]: failed },
      latency: flat(20, requests - failed, failed),
    });

  it('marks a rate only when its lower limit is over, at the lowest stair', () => {
    // 1 of 300: the lower 95 % limit is 0.00017.
    expect(errorRate(evidenceOf([[failing(1, 300)]]))).toBeNull();
    expect(errorRate(evidenceOf([[failing(5, 300)]]))).toMatchObject({
      code: 'error-rate',
      detail: expect.stringContaining('http-5xx 5'),
    });
    expect(errorRate(evidenceOf([[segmentOf()], [failing(200, 300)]])), 'overload').toBeNull();
    expect(errorRate(evidenceOf([]))).toBeNull();
  });

  it('calls it a timeout when nothing was answered', () => {
    expect(timeout(evidenceOf([[failing(10, 10, 'timeout')], [failing(5, 5, 'lost')]]))?.code).toBe('timeout');
    expect(timeout(evidenceOf([[failing(10, 10, 'timeout')], [failing(5, 6, 'timeout')]]))).toBeNull();
    expect(timeout(evidenceOf([]))).toBeNull();
  });

  it('needs one wrong answer only, found before or under load', () => {
    const golden = { checked: 8, wrong: 1, firstMismatch: 'output y: value 0 is 2 instead of 1' };
    expect(wrongOutput(evidenceOf([], { golden }))).toEqual({
      code: 'wrong-output',
      detail: '1 of 8 compared answers are wrong: output y: value 0 is 2 instead of 1',
    });
    const underLoad = segmentOf({ errors: { 'wrong-output': 2 }, good: 298 });
    expect(wrongOutput(evidenceOf([[underLoad]]))?.detail).toBe('2 of 8 compared answers are wrong');
    expect(wrongOutput(evidenceOf([[segmentOf()]]))).toBeNull();
  });

  it('needs enough samples on one stair', () => {
    const few = (n: number) => segmentOf({ requests: n, latency: flat(20, n) });
    expect(tooFewSamples(evidenceOf([[few(58)], [few(10)]]))?.detail).toContain('58 requests');
    expect(tooFewSamples(evidenceOf([[few(10)], [few(59)]]))).toBeNull();
    expect(tooFewSamples(evidenceOf([]))).toBeNull();
  });
});

describe('what ended early', () => {
  it.each([
    ['server-died', serverDied],
    ['stopped', interrupted],
  ] as const)('%s', (aborted, rule) => {
    expect(rule(evidenceOf([[segmentOf()], [segmentOf(), segmentOf({ aborted })]]))?.detail).toContain('stair-1');
    expect(rule(evidenceOf([[segmentOf()]]))).toBeNull();
    expect(rule(evidenceOf([[segmentOf({ aborted: aborted === 'stopped' ? 'server-died' : 'stopped' })]]))).toBeNull();
  });

  it.each([
    ['no connection came about', [{ connect: 10 }, { connect: 10 }]],
    ['stopped answering', [{}, { connect: 10 }]],
    ['stopped answering', [{ connect: 9, reset: 1 }]],
  ])('server-died says whether anybody was ever there: %s', (how, errors) => {
    const windows = errors.map((e) =>
      segmentOf({
        requests: 10,
        good: 'connect' in e ? 0 : 10,
        errors: e,
        ...('connect' in e ? { aborted: 'server-died' } : {}),
      }),
    );
    expect(serverDied(evidenceOf([windows]))?.detail).toContain(how);
  });

  it('passes on why a deployment never became ready', () => {
    expect(unhealthy({ state: 'failed', reason: 'port taken' })).toEqual({ code: 'unhealthy', detail: 'port taken' });
    expect(unhealthy({ state: 'gone', reason: null })?.detail).toContain('gone');
    expect(unhealthy({ state: 'ready', reason: null })).toBeNull();
    expect(unhealthy(null)).toBeNull();
  });
});

describe('batching-inert', () => {
  const batched = (dynamicBatching: false | null | { maxBatchSize: number }, o: object = {}) => ({
    configuration: configurationOf('x', { parameters: { dynamicBatching, ...o } }),
  });
  const on = batched({ maxBatchSize: 8 });
  const executed = (batch: number, users: number, o: Partial<SegmentResult> = {}) =>
    segmentOf({
      shape: { kind: 'closed', users },
      server: { before: countersOf(), after: countersOf({ inferenceCount: batch * 100, executionCount: 100 }) },
      ...o,
    });

  it.each([
    ['batches of one', on, executed(1.05, 4)],
    ['an open loop with four in flight', on, executed(1, 1, { ...poisson, latency: flat(20, 300) })],
    ['a batcher without a stated size', batched({ maxBatchSize: 8 }, { maxBatchSize: 16 }), executed(1, 8)],
    ['a flag', { configuration: configurationOf('x', { parameters: { dynamicBatching: true } }) }, executed(1, 8)],
  ] as const)('finds %s', (_, o, segment) => {
    expect(batchingInert(evidenceOf([[segment]], o))).toMatchObject({ code: 'batching-inert' });
  });

  it.each([
    ['real batches', on, executed(1.06, 4)],
    ['too few users', on, executed(1, 3)],
    ['too few in flight', on, executed(1, 1, { ...poisson, latency: flat(15, 300) })],
    ['an open loop that only failed', on, executed(1, 1, { ...poisson, latency: flat(1, 0, 300) })],
    ['a server that does not tell', on, segmentOf()],
    ['batching off', batched(false), executed(1, 8)],
    ['batching null', batched(null), executed(1, 8)],
    ['no such parameter', {}, executed(1, 8)],
    ['a batch size of one', batched({ maxBatchSize: 1 }), executed(1, 8)],
    [
      'a size of one beside the flag',
      {
        configuration: configurationOf('x', {
          parameters: { dynamicBatching: { maxQueueDelayMs: 1 }, maxBatchSize: 1 },
        }),
      },
      executed(1, 8),
    ],
  ] as const)('accepts %s', (_, o, segment) => expect(batchingInert(evidenceOf([[segment]], o))).toBeNull());

  it('is refuted by one crowded stair that batches', () => {
    expect(batchingInert(evidenceOf([[executed(1, 4)], [executed(3, 16)]], on))).toBeNull();
    expect(batchingInert(evidenceOf([[executed(1, 4)], [executed(1, 16)]], on))?.detail).toContain('stair-1');
  });
});

describe('unsteady', () => {
  const at = (rate: number) => segmentOf({ completedInWindow: rate * 1.5 });
  const rates = (...values: number[]) => values.map(at);
  const long = (values: readonly number[]) => [
    segmentOf({
      durationS: values.length,
      seconds: values.map((good, second) => ({ second, good, bad: 0, latencySumMs: 0 })),
    }),
  ];
  const warmUp = Array.from({ length: 60 }, (_, i) => 10 + 3 * i);
  const second = (rate: (i: number) => number) => Array.from({ length: 100 }, (_, i) => rate(i));

  it.each([
    ['drift upwards', rates(70, 71, 72, 100, 101, 102)],
    ['drift downwards', rates(100, 101, 102, 99, 70, 71, 72)],
    ['a warm-up without end', long(warmUp)],
    ['a stall of four seconds in a hundred', long(second((i) => (i >= 48 && i < 52 ? 0 : 100 + (i % 3))))],
    ['two bursts', long(second((i) => (i === 20 || i === 70 ? 500 : 100 + (i % 3))))],
  ])('finds %s', (_, windows) => expect(unsteady(evidenceOf([windows]))).toMatchObject({ code: 'unsteady' }));

  it.each([
    ['five windows', rates(50, 50, 100, 100, 100)],
    ['a quarter of drift', rates(75, 75, 75, 100, 100, 100)],
    ['noise without order', rates(60, 100, 62, 98, 61, 99)],
    ['one window that is not apart', rates(70, 71, 101, 100, 101, 102)],
    ['a long steady window', long(Array.from({ length: 60 }, (_, i) => 100 + (i % 3)))],
    ['29 seconds', long(warmUp.slice(0, 29))],
    ['a stall that comes every ten seconds', long(second((i) => (i % 10 === 3 ? 0 : 100 + (i % 3))))],
    ['one burst that hardly moves the rate', long(second((i) => (i === 20 ? 120 : 100 + (i % 3))))],
    ['one burst in too short a series', long(second((i) => (i === 20 ? 500 : 100 + (i % 3))).slice(0, 29))],
    ['nothing at all', long(second(() => 0))],
    ['a warm-up by less than a tenth', long(Array.from({ length: 60 }, (_, i) => 1000 + i))],
  ])('accepts %s', (_, windows) => expect(unsteady(evidenceOf([windows]))).toBeNull());

  it('says how far a few bursts leave the rate open', () => {
    const found = unsteady(evidenceOf([long(second((i) => (i >= 48 && i < 52 ? 0 : 100 + (i % 3))))]));
    expect(found?.detail).toMatch(
      /^stair-0: the rate rests on fewer than three bursts or stalls and may be \d+ % lower or \d+ % higher; a longer/,
    );
  });

  it('needs half of the stairs', () => {
    const drifting = rates(50, 50, 50, 100, 100, 100);
    const calm = rates(100, 100, 100, 100, 100, 100);
    expect(unsteady(evidenceOf([drifting, calm]))?.detail).toContain('stair-0');
    expect(unsteady(evidenceOf([drifting, calm, calm]))).toBeNull();
    expect(unsteady(evidenceOf([]))).toBeNull();
  });
});

describe('all rules together', () => {
  it('find nothing in a healthy laptop run on two shared cores', () => {
    // Client at up to 70 % of its core, a fifth of a core of other work, a stall in one window of six.
    const healthy = (users: number) =>
      Array.from({ length: 6 }, (_, i) =>
        window(
          {
            utilisation: (0.4 + 0.06 * i) * (users / 16),
            runQueueWaitSeconds: 0.3,
            eventLoopLagMs: { p99: i === 2 ? 180 : 6, max: 190 },
          },
          {
            shape: { kind: 'closed', users },
            completedInWindow: [300, 250, 190, 310, 280, 260][i]!,
            latency: flat(4 * users, 300),
            server: busyServer(0.6),
          },
        ),
      );
    const evidence = evidenceOf([healthy(1), healthy(4), healthy(16)]);
    expect(rules.map((rule) => rule(evidence)).filter((f) => f !== null)).toEqual([]);
  });
});
