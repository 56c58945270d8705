import { describe, expect, it } from 'vitest';
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { LoadJob, SegmentResult, Shape } from '../../lib/core/load/job.ts';
import { type Contest, compareUntilDecided } from '../../lib/engine/compare-until-decided.ts';
import { endpointOf } from '../support/load-job.ts';

const contest = (change: Partial<Contest> = {}): Contest => ({
  job: {
    schema: 'infersweep.load-job.v1',
    id: 'c',
    seed: 1,
    timeoutMs: 1000,
    maxConnections: 4,
    requestLog: false,
  },
  first: endpointOf('http://127.0.0.1:1'),
  second: endpointOf('http://127.0.0.1:2'),
  shape: { kind: 'closed', users: 4 },
  windowSeconds: 1,
  dropSeconds: 0.25,
  budgetSeconds: 20,
  ...change,
});

/** Answers as many as told; every latency is what that leaves to each of four users. */
function played(segment: LoadJob['segments'][number], good: number): SegmentResult {
  const latency = new Histogram();
  for (let i = 0; i < good; i++) latency.record(3000 / good);
  const encoded = latency.encode();
  return {
    ...{ id: segment.id, endpoint: segment.endpoint, shape: segment.shape, durationS: 0.75, requests: good, good },
    ...{ errors: {}, completedInWindow: good, connections: { opened: 4, reconnects: 0 }, seconds: [], server: null },
    ...{ latency: encoded, serviceTime: encoded, scheduleError: new Histogram().encode(), aborted: null, log: null },
    client: { cpuSeconds: 0, utilisation: 0, eventLoopLagMs: { p99: 0, max: 0 }, runQueueWaitSeconds: 0 },
    golden: { checked: 0, wrong: 0, firstMismatch: null },
  };
}

/** Runs jobs by a rate for each window; `jobs` collects them. */
function player(goodOf: (side: string, window: number) => number, jobs: LoadJob[] = []) {
  let window = 0;
  return async (job: LoadJob) => {
    jobs.push(job);
    return job.segments.map((s) => played(s, goodOf(s.endpoint, window++)));
  };
}

const noise = (window: number) => Math.round(3 * Math.sin(window * 2.7));

describe('compareUntilDecided', () => {
  it.each<[string, number, string]>([
    ['the first', 110, 'first'],
    ['the second', 90, 'second'],
  ])('names %s and stops long before its time is spent', async (_what, first, winner) => {
    const jobs: LoadJob[] = [];
    const outcome = await compareUntilDecided(
      contest({ budgetSeconds: 400 }),
      player((side, w) => (side === 'first' ? first : 100) + noise(w), jobs),
    );
    expect(outcome.winner).toBe(winner);
    expect(jobs.length).toBeLessThan(10);
    expect(outcome.pairs).toBe(2 * jobs.length);
    expect([outcome.windows.first.length, outcome.windows.second.length]).toEqual([outcome.pairs, outcome.pairs]);
  });

  it('alternates, turns the order round and never repeats a job', async () => {
    const jobs: LoadJob[] = [];
    const outcome = await compareUntilDecided(
      contest(),
      player((_, w) => 100 + 40 * (w % 3), jobs),
    );
    expect(outcome.winner).toBe('undecided');
    expect(jobs.map((j) => j.segments.map((s) => s.endpoint[0]).join('')).slice(0, 3)).toEqual([
      'fssf',
      'sffs',
      'fssf',
    ]);
    expect(jobs.flatMap((j) => j.segments).reduce((sum, s) => sum + s.seconds, 0)).toBe(20);
    expect(new Set(jobs.map((j) => j.id)).size).toBe(5);
    expect(new Set(jobs.map((j) => j.seed)).size).toBe(5);
  });

  it('is not misled by a drift that both share', async () => {
    const outcome = await compareUntilDecided(
      contest({ budgetSeconds: 400 }),
      player((_, w) => 100 + 2 * w),
    );
    expect(outcome.winner).toMatch(/tie|undecided/);
    expect(outcome.ratio).toBeCloseTo(1, 2);
  });

  it('compares latencies where the rate is given', async () => {
    const shape: Shape = { kind: 'poisson', ratePerSecond: 50 };
    const outcome = await compareUntilDecided(
      contest({ shape, budgetSeconds: 60 }),
      player((side, w) => (side === 'first' ? 200 : 100) + noise(w)),
    );
    expect(outcome).toMatchObject({ winner: 'first', basis: 'inverse median latency' });
    expect(outcome.ratio).toBeCloseTo(2, 1);
  });

  it('stops at a window without answers and keeps what it saw', async () => {
    const jobs: LoadJob[] = [];
    const outcome = await compareUntilDecided(
      contest(),
      player((side) => (side === 'second' ? 0 : 100), jobs),
    );
    expect(outcome).toMatchObject({ winner: 'undecided', ratio: null, interval: null, pairs: 0 });
    expect([jobs.length, outcome.windows.second.length]).toEqual([1, 2]);
  });

  it('refuses a budget without a look in it', async () => {
    await expect(
      compareUntilDecided(
        contest({ budgetSeconds: 3.9 }),
        player(() => 1),
      ),
    ).rejects.toThrow(RangeError);
  });
});
