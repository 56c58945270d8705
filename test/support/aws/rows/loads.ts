/** Rows 9 to 14 and 17: what comes up and must not be believed, or whose load ends badly. */
import { expect } from 'vitest';
import { Histogram } from '../../../../lib/core/load/histogram.ts';
import type { LoadJob } from '../../../../lib/core/load/job.ts';
import type { Measurement } from '../../../../lib/core/measure/measurement.ts';
import { recommend } from '../../../../lib/core/recommend/recommend.ts';
import type { Played } from '../../played-load.ts';
import { cloudPlan } from '../cloud-plan.ts';
import type { CloudRun, CloudRunOptions } from '../cloud-run.ts';
import { BRIEF, calls, records } from '../fault-rows.ts';
import { codes, DONE, expectCalls, expectCount, INVALID, type Row } from './row.ts';

const GOOD: Played = { ratePerSecond: 100 };
const isCheck = (job: LoadJob) => job.segments[0]!.shape.kind === 'once';
/** Two configurations; the first is faster, and something is wrong with it. */
const two = () => cloudPlan({ runtimes: [{ emulated: { fixedMs: [1, 2], perItemMs: 1 } }] });
const outcomesOf = async (run: CloudRun) => (await run.trials()).map(({ outcome }) => outcome);

/** The first of the plan ends so, and is never chosen; any other is valid. */
async function condemned(run: CloudRun, end: unknown, code: string): Promise<Measurement> {
  expect(end).toMatchObject(DONE);
  const all = await records(run);
  const first = run.plan.deployments[0]!.configuration;
  const [mine, ...again] = all.filter((r) => r.configuration.id === first.id);
  expect(again).toEqual([]);
  expect(mine!.validity).toMatchObject({ status: 'invalid' });
  expect(codes(mine!)[0]).toBe(code);
  const others = all.filter((r) => r.configuration.id !== first.id);
  expect(others.map(({ validity }) => validity.status)).toEqual(others.map(() => 'valid'));
  const { slo, demand, objective } = run.plan;
  const decision = recommend({ experiment: 'rows', slo, demand, objective, measurements: all });
  expect(decision.choice?.configuration ?? null).toBe(others[0]?.configuration.name ?? null);
  expect(decision.rejected.map(({ configuration }) => configuration)).toContain(first.name);
  return mine!;
}

function playing(
  name: string,
  bad: Played,
  code: string,
  more: (mine: Measurement, run: CloudRun) => void = () => undefined,
): Row {
  const first = two().deployments[0]!.configuration.name;
  return {
    name,
    plan: two,
    options: () => ({ ...BRIEF, played: (configuration) => (configuration === first ? bad : GOOD) }),
    exit: INVALID,
    expects: async (run, end) => more(await condemned(run, end, code), run),
  };
}

const wrong = (isWrong: true | 'under load'): Played => ({ ratePerSecond: 500, isWrong });

const untrue: Row[] = [
  playing('row 9: wrong answers from the start get no load at all', wrong(true), 'wrong-output', ({ stairs }, run) => {
    expect(stairs).toEqual([]);
    // Two checks, one load.
    expectCalls(run, 'ecs:RunTask', 3);
  }),
  playing('row 9: wrong answers under load alone are enough', wrong('under load'), 'wrong-output'),
  playing(
    'row 11: a generator that is the limit condemns the figure and nobody else',
    { ratePerSecond: 500, client: { utilisation: 0.97, cpuSeconds: 25 } },
    'client-bound',
  ),
  playing(
    'row 12: a server with 0.4 % of errors that dies is excluded, with its errors counted',
    { ratePerSecond: 500, failing: 0.004, died: true },
    'server-died',
    (mine) => {
      expect(codes(mine)).toEqual(['server-died', 'error-rate']);
      expect(mine.stairs[0]!.errors['http-5xx']).toBeGreaterThan(0);
    },
  ),
];

const dying = (how: { exitCode: number; error?: string }): CloudRunOptions => ({
  ...BRIEF,
  task: (job) => (isCheck(job) ? null : { seconds: 15, ...how }),
});

const unpublished = (name: string, options: Row['options'] & {}, says: string): Row => ({
  name,
  plan: cloudPlan,
  options,
  exit: INVALID,
  expects: async (run, end) => {
    const { stairs, validity } = await condemned(run, end, 'interrupted');
    expect(stairs, 'no figure').toEqual([]);
    expect(validity.reasons[0]!.detail).toContain(says);
  },
});

function dyingOnce(): Row {
  let loads = 0;
  return {
    name: 'row 10: a generator that dies for no reason of its own is tried again, on a fresh deployment',
    plan: cloudPlan,
    options: () => {
      loads = 0;
      return { ...BRIEF, task: (job) => (isCheck(job) || ++loads > 1 ? null : { seconds: 15, exitCode: 1 }) };
    },
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomesOf(run)).toEqual(['valid']);
      expect(run.meter.lines().filter(({ kind }) => kind === 'endpoint')).toHaveLength(2);
      const jobs = [...run.world.buckets.get('results')!.keys()].filter((key) => key.endsWith('/job.json'));
      expect(new Set(jobs).size, 'check and load, each with a name of its own').toBe(4);
      expectCount(run, loads, 2);
    },
  };
}

const generators: Row[] = [
  unpublished(
    'row 10: a generator that dies half way, without memory, publishes nothing',
    () => dying({ exitCode: 137 }),
    'killed, as happens without memory',
  ),
  unpublished(
    'row 10: a generator that dies with words of its own, which the record has',
    () => dying({ exitCode: 3, error: 'the job has no segments' }),
    'exit 3: the job has no segments',
  ),
  dyingOnce(),
];

const deaths: Row[] = [
  // The generator's own patience with such servers: test/load and test/faults/misbehaving.test.ts.
  {
    name: 'row 13: a server that died under load is invalid, after a bounded number of looks, each with its progress',
    plan: cloudPlan,
    options: () => ({
      ...BRIEF,
      played: (_name, job) => (isCheck(job) ? GOOD : { ratePerSecond: 50, isDown: true }),
      task: (job) => (isCheck(job) ? null : { seconds: 25 }),
    }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomesOf(run)).toEqual([expect.stringMatching(/^invalid:.*server-died/)]);
      const looks = run.events.flatMap((event) => (event.type === 'load' ? [event.progress] : []));
      // A load goes on without its controller, and may be over before its successor looks.
      if (run.deaths === 0) expect(looks.length).toBeGreaterThan(0);
      for (const { ratePerSecond, errors } of looks.slice(-1)) {
        expect(ratePerSecond).toBe(0);
        expect(errors).toBeGreaterThan(0);
      }
      // A minute of two tasks, looked at every 15 s, and the last clean-up.
      expectCalls(run, 'ecs:RunTask', 2);
      expect(calls(run, 'ecs:DescribeTasks')).toBeLessThan(20);
    },
  },
  {
    name: 'row 13: a server that answers nobody from the start gets no load at all',
    plan: cloudPlan,
    options: () => ({ ...BRIEF, played: () => ({ ratePerSecond: 50, isDown: true }) }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomesOf(run)).toEqual(['invalid:unhealthy']);
      expectCalls(run, 'ecs:RunTask', 1);
    },
  },
];

const late = (share: number): CloudRunOptions => ({
  ...BRIEF,
  played: (_name, job) => ({ ratePerSecond: 100, ...(isCheck(job) ? {} : { late: { share, timeoutMs: 5000 } }) }),
});

const timeouts: Row[] = [
  {
    name: 'row 14: timeouts stay in the record at their cap',
    plan: cloudPlan,
    options: () => late(0.05),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      const [record] = await records(run);
      expect(codes(record!)).toContain('error-rate');
      const [stair] = record!.stairs;
      expect(Histogram.decode(stair!.latency).percentile(99)).toBeGreaterThanOrEqual(4900);
      expect(stair!.errors.timeout! / stair!.requests).toBeCloseTo(0.05, 2);
      expect(stair!.good + stair!.errors.timeout!).toBe(stair!.requests);
    },
  },
  {
    name: 'row 14: where all of them time out, that is the reason',
    plan: cloudPlan,
    options: () => late(1),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomesOf(run)).toEqual([expect.stringMatching(/^invalid:timeout/)]);
    },
  },
];

function neverWrittenOnce(): Row {
  let loads = 0;
  return {
    name: 'row 17: a result that was never written costs another attempt, and one valid record comes of it',
    plan: cloudPlan,
    options: () => {
      loads = 0;
      return { ...BRIEF, result: (text, job) => (!isCheck(job) && loads++ === 0 ? null : text) };
    },
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomesOf(run)).toEqual(['valid']);
      expectCount(run, loads, 2);
    },
  };
}

const results: Row[] = [
  neverWrittenOnce(),
  {
    name: 'row 17: a result that is never written ends as interrupted, after a bounded number of attempts',
    plan: cloudPlan,
    options: () => ({ ...BRIEF, result: (text, job) => (isCheck(job) ? text : null) }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject({ ...DONE, state: 'exhausted' });
      expect(await outcomesOf(run)).toEqual(['invalid:interrupted']);
      // A successor asks for what is there already, each try of the SDK anew: what counts is what was made.
      const made = run.meter.lines().filter(({ kind }) => kind === 'endpoint');
      expectCount(run, made.length, 5);
    },
  },
  ...[0, 1, 0.5, 0.999].map(
    (share): Row => ({
      name: `row 17: a result cut off at ${share === 1 ? 'its first byte' : `${100 * share} % of its bytes`} is refused in words, and no figure comes of it`,
      plan: cloudPlan,
      options: () => ({
        ...BRIEF,
        result: (text, job) => (isCheck(job) ? text : text.slice(0, share === 1 ? 1 : Math.floor(text.length * share))),
      }),
      exit: INVALID,
      expects: async (run, end) => {
        expect(end).toMatchObject(DONE);
        const [record] = await records(run);
        expect(record!.stairs).toEqual([]);
        expect(record!.validity).toMatchObject({
          status: 'invalid',
          reasons: [{ code: 'interrupted', detail: expect.stringContaining('result') }],
        });
      },
    }),
  ),
];

export const LOADS: readonly Row[] = [...untrue, ...generators];

export const RESULTS: readonly Row[] = [...deaths, ...timeouts, ...results];
