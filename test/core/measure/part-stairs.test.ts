import { describe, expect, it } from 'vitest';
import type { PartResult, SegmentResult } from '../../../lib/core/load/job.ts';
import type { VariedShape } from '../../../lib/core/load/parts.ts';
import { buildMeasurement } from '../../../lib/core/measure/measure.ts';
import { measurementSchema } from '../../../lib/core/measure/measurement.ts';
import { partStairs } from '../../../lib/core/measure/part-stairs.ts';
import { capacityOf } from '../../../lib/core/recommend/capacity.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { goodPlan, localExperiment, tracesOf } from '../../support/experiments.ts';
import { countersOf, flat, capacityOf as hostOf, secondOf, segmentOf } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
/** 10 s at each of 10, 30 and 20 requests a second. */
const shape: VariedShape = {
  kind: 'trace',
  arrivals: 'poisson',
  ratesPerSecond: [10, 30, 20],
  intervalSeconds: 10,
};
const part = (ratePerSecond: number, ms: number, o: Partial<PartResult> = {}): PartResult => ({
  durationS: 10,
  requests: 10 * ratePerSecond,
  good: 10 * ratePerSecond,
  errors: {},
  completedInWindow: 10 * ratePerSecond,
  latency: flat(ms, 10 * ratePerSecond),
  serviceTime: flat(ms, 10 * ratePerSecond),
  scheduleError: flat(0.1, 10 * ratePerSecond),
  seconds: Array.from({ length: 10 }, (_, second) => ({ second, good: ratePerSecond, bad: 0, latencySumMs: 1 })),
  ...o,
});
const failing = (ratePerSecond: number): Partial<PartResult> => ({
  good: 0,
  completedInWindow: 0,
  errors: { timeout: 10 * ratePerSecond },
  latency: flat(1, 0, 10 * ratePerSecond),
});
function played(parts: PartResult[], o: Partial<SegmentResult> = {}): SegmentResult {
  const requests = parts.reduce((sum, p) => sum + p.requests, 0);
  return segmentOf({
    id: '1/0/trace/d',
    shape,
    durationS: 30,
    requests,
    good: parts.reduce((sum, p) => sum + p.good, 0),
    completedInWindow: parts.reduce((sum, p) => sum + p.completedInWindow, 0),
    latency: flat(60, requests),
    server: { before: countersOf(), after: countersOf({ successCount: requests, computeNs: 1e9, successNs: 2e9 }) },
    parts,
    ...o,
  });
}

const plan = goodPlan(
  localExperiment({
    load: { protocol: 'trace', trace: { file: 'day.csv', minute: '10s' } },
    objective: 'maximize-throughput',
  }),
  undefined,
  tracesOf({ 'day.csv': [600, 1800, 1200] }),
);
function measured(segments: SegmentResult[]) {
  const [deployment, trial] = [plan.deployments[0]!, plan.trials[0]!];
  return buildMeasurement({
    plan,
    deployment,
    trial,
    segments,
    ready: { state: 'ready', reason: null, startupSeconds: 1 },
    prepare: null,
    price: null,
    startedAt: '2026-11-20T10:00:00Z',
    versions: {},
    findings: [],
  });
}

/** Counters after so many requests, of which each waited 3 ms and took the model 5 ms, and 9 ms of a processor. */
const countedOf = (requests: number) =>
  countersOf({
    inferenceCount: 2 * requests,
    executionCount: requests,
    successCount: requests,
    queueNs: 3e6 * requests,
    computeNs: 5e6 * requests,
    successNs: 9e6 * requests,
    cpuSeconds: 0.009 * requests,
  });
/** What was read at both ends of a part, `seconds` apart. */
const readings = (from: number, to: number, seconds = 10) => ({
  server: { before: countedOf(from), after: countedOf(to), seconds },
});

describe('the parts of a load whose rate changed', () => {
  it('have what the server counted in their own time', () => {
    const [slow, , fast] = partStairs([
      played([part(10, 9, readings(0, 100)), part(30, 9, readings(100, 400)), part(20, 9, readings(400, 600))], {
        server: { before: countedOf(0), after: countedOf(600) },
      }),
    ]);
    expect(slow!.stair).toMatchObject({ split: { queueMs: 3, computeMs: 5 }, meanBatch: 2 });
    expect(slow!.stair.serverCpuUtilisation).toBeCloseTo(0.09, 9);
    expect(fast!.stair.serverCpuUtilisation).toBeCloseTo(0.27, 9);
    // Read a little late, the processor's seconds are those of the time between the readings.
    const [late] = partStairs([played([part(10, 9, readings(0, 100, 10.4))])]);
    expect(late!.stair.serverCpuUtilisation).toBeCloseTo(0.9 / 10.4, 9);
  });

  it.each([
    ['of which the server ended a fifth later', readings(0, 80), { completedInWindow: 80 }],
    ['in whose time it ended as many of an earlier part', readings(0, 200), {}],
    [
      'that another process of the server counted',
      { server: { before: countedOf(0), after: { ...countedOf(100), pid: 7 } } },
      {},
    ],
  ])('do without counters %s', (_, told, counted) => {
    const whole = { server: { before: countedOf(0), after: countedOf(100) } };
    const [only] = partStairs([played([part(10, 9, { ...told, ...counted })], whole)]);
    expect(only!.stair).toMatchObject({ split: { queueMs: null, computeMs: null }, meanBatch: null });
  });

  it('count as ended what a server counts several times for each request', () => {
    const [only] = partStairs([
      played([part(10, 9, readings(0, 300))], { server: { before: countedOf(0), after: countedOf(300) } }),
    ]);
    expect(only!.stair.split.queueMs).toBe(3);
  });

  it('do without counters where the whole has none to compare them with', () => {
    const [only] = partStairs([played([part(10, 9, readings(0, 100))], { server: null })]);
    expect(only!.stair.split.queueMs).toBeNull();
  });

  it('know of the generator, of replies and of the host what is theirs', () => {
    const seconds = Array.from({ length: 30 }, (_, i) => secondOf({ endS: i + 1, cpuCores: Math.floor(i / 10) / 10 }));
    const own = { cpuSeconds: 9, runQueueWaitSeconds: 0.5 };
    const stairs = partStairs([
      played([part(10, 5, { client: own, replyMs: 100 }), part(30, 5), part(20, 5)], {
        client: { cpuSeconds: 6, utilisation: 0.2, eventLoopLagMs: { p99: 1, max: 2 }, runQueueWaitSeconds: 3 },
        utilisation: { capacity: hostOf(), seconds },
        replyMs: 6000,
      }),
    ]).map(({ stair }) => stair);
    const of = (id: string) => stairs.find((s) => s.id === id)!;
    expect(of('trace-1').client).toMatchObject({ cpuSeconds: 9, utilisation: 0.9, runQueueWaitSeconds: 0.5 });
    expect(of('trace-1').transfer.replyMs).toBe(1);
    // Of a part that was not looked at: as busy as the whole, and nothing of replies.
    expect(of('trace-2').client.utilisation).toBeCloseTo(0.2, 9);
    expect(of('trace-2').client.runQueueWaitSeconds).toBeCloseTo(1, 9);
    expect(of('trace-2').transfer.replyMs).toBeNull();
    expect(of('trace-3').utilisation!.seconds[0]!.map((s) => [s.endS, s.cpuCores])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i + 1, 0.2]),
    );
  });

  it('are stairs in the order of what was offered, with their own counts and without the counters of all', () => {
    const stairs = partStairs([played([part(10, 5), part(30, 90), part(20, 20)])]);
    expect(stairs.map(({ stair }) => [stair.id, stair.requests, stair.durationS])).toEqual([
      ['trace-1', 100, 10],
      ['trace-3', 200, 10],
      ['trace-2', 300, 10],
    ]);
    expect(stairs[1]!.stair.shape).toEqual({ kind: 'poisson', ratePerSecond: 20 });
    expect(stairs[1]!.stair.seconds[0]).toHaveLength(10);
    expect(stairs.every(({ stair }) => stair.split.computeMs === null)).toBe(true);
  });

  it('leaves out what was not reached, or lasted no time', () => {
    expect(partStairs([played([part(10, 5)])]).map(({ stair }) => stair.id)).toEqual(['trace-1']);
    expect(partStairs([played([part(10, 5), part(30, 5, { durationS: 0 })])])).toHaveLength(1);
    expect(partStairs([])).toEqual([]);
  });

  it('stand in the measurement beside the whole, whose counters they lack', () => {
    const m = measured([played([part(10, 5), part(30, 90), part(20, 20)])]);
    expect(measurementSchema.parse(JSON.parse(JSON.stringify(m)))).toEqual(m);
    expect(m.stairs.map((s) => s.id)).toEqual(['trace-1', 'trace-3', 'trace-2']);
    expect(m.whole!.map((s) => [s.id, s.requests, s.split.computeMs])).toEqual([['trace', 600, 1e9 / 600 / 1e6]]);
    expect(m.validity).toEqual({ status: 'valid', reasons: [] });
  });

  it('give the highest rate that kept the objective as capacity, never the mean of the whole', () => {
    expect(capacityOf([measured([played([part(10, 5), part(30, 90), part(20, 20)])])], slo)).toMatchObject({
      stairId: 'trace-3',
      ratePerSecond: 20,
    });
    // The whole is at 20/s and would be inside: but what carried 10/s is all that is known.
    const lame = played([part(10, 5), part(30, 90), part(20, 90)], { latency: flat(5, 600) });
    expect(capacityOf([measured([lame])], slo)).toMatchObject({ stairId: 'trace-1', ratePerSecond: 10 });
    expect(capacityOf([measured([played([part(10, 90), part(30, 90), part(20, 90)])])], slo)).toBeNull();
  });

  it.each([
    [60, 'missed'],
    [5, 'kept'],
  ])('are recommended with the word of the whole: at %s ms it was %s', (ms, word) => {
    const m = measured([played([part(10, 5), part(30, 5), part(20, 5)], { latency: flat(ms, 600) })]);
    const { warnings, choice } = recommend({
      experiment: 'e',
      slo,
      demand: null,
      objective: 'maximize-throughput',
      measurements: [m],
    });
    expect(choice).not.toBeNull();
    expect(warnings.join('\n')).toContain(`over the whole trace, at 20/s on average, the objective was ${word} (p95`);
  });

  it('are a broken server only where every part fails', () => {
    const quietAfterAll = [part(10, 5, failing(10)), part(30, 5), part(20, 5)];
    expect(measured([played(quietAfterAll)]).validity.status).toBe('valid');
    const all = [part(10, 5, failing(10)), part(30, 5, failing(30)), part(20, 5, failing(20))];
    expect(measured([played(all)]).validity.reasons.map((r) => r.code)).toContain('error-rate');
  });

  it('are not unsteady for changing their rate', () => {
    const rising = Array.from({ length: 60 }, (_, second) => ({ second, good: second, bad: 0, latencySumMs: 1 }));
    const ramp: VariedShape = { kind: 'ramp', arrivals: 'poisson', fromPerSecond: 0, toPerSecond: 60, rampSeconds: 60 };
    const climbing = played([part(10, 5, { durationS: 60, seconds: rising })], {
      shape: ramp,
      seconds: rising,
      durationS: 60,
    });
    expect(measured([climbing]).validity).toEqual({ status: 'valid', reasons: [] });
    const steps: VariedShape = {
      kind: 'step',
      arrivals: 'poisson',
      startPerSecond: 30,
      addPerSecond: 0,
      steps: 1,
      stepSeconds: 60,
    };
    const settling = played([part(30, 5, { durationS: 60, seconds: rising })], {
      shape: steps,
      seconds: rising,
      durationS: 60,
    });
    expect(measured([settling]).validity.reasons.map((r) => r.code)).toEqual(['unsteady']);
  });
});
