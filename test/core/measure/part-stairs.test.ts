import { describe, expect, it } from 'vitest';
import type { PartResult, SegmentResult } from '../../../lib/core/load/job.ts';
import type { VariedShape } from '../../../lib/core/load/parts.ts';
import { buildMeasurement } from '../../../lib/core/measure/measure.ts';
import { measurementSchema } from '../../../lib/core/measure/measurement.ts';
import { partStairs } from '../../../lib/core/measure/part-stairs.ts';
import { capacityOf } from '../../../lib/core/recommend/capacity.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { goodPlan, localExperiment, tracesOf } from '../../support/experiments.ts';
import { countersOf, flat, segmentOf } from '../../support/measurements.ts';

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

describe('the parts of a load whose rate changed', () => {
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
