/** What must hold for every policy, trace and seed. The numbers are those of the model's list of properties. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScalingValues } from '../../../../lib/core/scale/scaling-values.ts';
import { alarmState } from '../../../../lib/core/scale/simulation/alarm.ts';
import {
  type Assumptions,
  ecsAssumptions,
  sageMakerAssumptions,
} from '../../../../lib/core/scale/simulation/assumptions.ts';
import { RequestPlane } from '../../../../lib/core/scale/simulation/request-plane.ts';
import { type Simulation, simulate } from '../../../../lib/core/scale/simulation/simulate.ts';
import { TargetTracking } from '../../../../lib/core/scale/simulation/target-tracking.ts';
import type { Trace } from '../../../../lib/core/scale/trace/trace.ts';
import { erlangWaitS, exponential } from '../../../support/erlang.ts';
import { byRequest, flow, type Sketch, steps, values } from '../../../support/simulations.ts';

const RUNS = { numRuns: 20 };

const trace: fc.Arbitrary<Trace> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 600 })), { minLength: 1, maxLength: 6 })
  .map((pieces) => steps(...pieces));

const policy: fc.Arbitrary<ScalingValues> = fc
  .record({
    targetValue: fc.integer({ min: 1500, max: 6000 }),
    minCapacity: fc.integer({ min: 1, max: 5 }),
    above: fc.integer({ min: 0, max: 15 }),
    scaleOutCooldownS: fc.constantFrom(0, 60, 300),
    scaleInCooldownS: fc.constantFrom(0, 300, 900),
  })
  .map(({ above, ...v }) => ({ ...v, initialCapacity: v.minCapacity, maxCapacity: v.minCapacity + above }));

const assumed: fc.Arbitrary<Assumptions> = fc
  .record({
    base: fc.constantFrom(sageMakerAssumptions, ecsAssumptions),
    publishDelayS: fc.constantFrom(60, 120, 180),
    scaleIn: fc.constantFrom('proportional' as const, 'one-by-one' as const),
    zeroSilent: fc.boolean(),
    startS: fc.constantFrom(30, 260),
    quota: fc.constantFrom(null, 6),
    refusalShare: fc.constantFrom(0, 0.3),
  })
  .map(({ base, ...o }) => ({ ...base, ...o }));

const sketch: fc.Arbitrary<Sketch> = fc.record({
  trace,
  values: policy,
  assumed,
  seed: fc.integer({ min: 0, max: 1e6 }),
  arrivalSeed: fc.integer({ min: 0, max: 1e6 }),
});

const planes = [
  ['as a flow', flow],
  ['request by request', byRequest],
] as const;

const outs = (r: Simulation) => r.activities.filter((a) => a.direction === 'out' && !a.refused);
const ins = (r: Simulation) => r.activities.filter((a) => a.direction === 'in');
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
const deviation = (xs: readonly number[]) => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)));

describe.each(planes)('a simulation %s', (_, run) => {
  it('1: keeps the fleet asked for between its bounds', () => {
    fc.assert(
      fc.property(sketch, (s) => {
        for (const { from, to, refused } of run(s).activities) {
          for (const n of refused ? [from] : [from, to]) {
            expect(n).toBeGreaterThanOrEqual(s.values!.minCapacity!);
            expect(n).toBeLessThanOrEqual(s.values!.maxCapacity!);
          }
        }
      }),
      RUNS,
    );
  });

  it('2: loses no request: arrivals = served + rejected + queued + in flight', () => {
    fc.assert(
      fc.property(sketch, (s) => {
        const r = run(s);
        expect(r.served + r.rejected + r.queued + r.inFlight).toBeCloseTo(r.arrivals, 4);
        expect(r.late).toBeLessThanOrEqual(r.arrivals + 1e-6);
        expect(r.late).toBeGreaterThanOrEqual(r.rejected - 1e-6);
      }),
      RUNS,
    );
  });

  it('3: bills the sum of intervals, each between launch and end of the trace', () => {
    fc.assert(
      fc.property(sketch, (s) => {
        const usdPerHour = 0.94;
        const r = run({ ...s, kinds: [{ usdPerHour, available: true }] });
        let seconds = 0;
        for (const { launchedS, servingS, endedS } of r.instances) {
          expect(launchedS).toBeGreaterThanOrEqual(0);
          expect(endedS).toBeLessThanOrEqual(s.trace.requests.length * 60);
          expect(endedS).toBeGreaterThanOrEqual(servingS ?? launchedS);
          seconds += endedS - launchedS;
        }
        expect(r.instanceSeconds).toBeCloseTo(seconds, 6);
        expect(r.usd).toBeCloseTo((seconds / 3600) * usdPerHour, 6);
        expect(r.instances.length).toBeGreaterThanOrEqual(s.values!.initialCapacity!);
      }),
      RUNS,
    );
  });

  it('4: is the same to the byte for the same seed, and other arrivals leave start times as they are', () => {
    fc.assert(
      fc.property(sketch, (s) => {
        expect(JSON.stringify(run(s))).toBe(JSON.stringify(run(s)));
      }),
      { numRuns: 20 },
    );
    const burst = { trace: steps([20, 100], [40, 500]) };
    const [a, b] = [run({ ...burst, arrivalSeed: 1 }), run({ ...burst, arrivalSeed: 2 })];
    const starts = (r: Simulation) => outs(r).map((o) => o.endedS! - o.decidedS);
    expect(a.arrivals).not.toBe(b.arrivals);
    expect(starts(a)[0]).toBeCloseTo(starts(b)[0]!, 9);
    expect(starts(run({ ...burst, seed: 9 }))[0]).not.toBeCloseTo(starts(a)[0]!, 0);
  });

  it('5: does nothing at a constant load in the band, below it at the minimum, or where one instance less is too few', () => {
    const still = (perSecond: number, v: Partial<ScalingValues>) =>
      expect(run({ trace: steps([90, perSecond]), values: v }).activities).toEqual([]);
    // Target 4200: 4 instances at 266 a second are at 0.95 of it.
    still(266, { initialCapacity: 4, minCapacity: 1 });
    still(20, { initialCapacity: 2, minCapacity: 2 });
    // 2 at 0.8 of the target: one would be at 1.6.
    still(112, { initialCapacity: 2, minCapacity: 1 });
    // And not because nothing ever moves.
    expect(run({ trace: steps([90, 112]), values: { initialCapacity: 4, minCapacity: 1 } }).scaleIns).toBeGreaterThan(
      0,
    );
  });

  it('6: never scales in sooner than 15 minutes and the publish delay after a minute that was not low', () => {
    let seen = 0;
    fc.assert(
      fc.property(sketch, (s) => {
        const r = run({ ...s, schedule: [] });
        const { lowPeriods, lowPeriodS, lowFactor, publishDelayS } = s.assumed as Assumptions;
        for (const { decidedS } of ins(r)) {
          const notLow = r.metric.filter(
            ({ value, endS }) =>
              value !== null && value >= lowFactor * s.values!.targetValue! && endS + publishDelayS <= decidedS,
          );
          seen++;
          const since = decidedS - (notLow.at(-1)?.endS ?? 0);
          expect(since).toBeGreaterThanOrEqual(lowPeriods * lowPeriodS + publishDelayS);
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(0);
  });

  it('7: never scales out before two periods and the publish delay have passed since a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.constantFrom(60, 120, 180), (seed, publishDelayS) => {
        const r = run({ trace: steps([20, 100], [20, 400]), seed, arrivalSeed: seed, assumed: { publishDelayS } });
        expect(r.scaleOuts).toBeGreaterThan(0);
        expect(r.activities[0]!.decidedS).toBeGreaterThanOrEqual(20 * 60 + 2 * 60 + publishDelayS);
      }),
      RUNS,
    );
  });

  it('9: never scales in for want of data, and does at zeros', () => {
    const dark = { trace: steps([10, 250], [60, 0]), values: { initialCapacity: 4, minCapacity: 2 } };
    expect(run({ ...dark, assumed: { zeroSilent: true } }).activities).toEqual([]);
    expect(run({ ...dark, assumed: { zeroSilent: false } }).scaleIns).toBeGreaterThan(0);
  });

  it('10: never changes a locked endpoint while it changes', () => {
    let pairs = 0;
    fc.assert(
      fc.property(sketch, (s) => {
        const all = run({ ...s, assumed: { ...s.assumed, lock: true } }).activities;
        all.slice(1).forEach((next, i) => {
          pairs++;
          expect(all[i]!.endedS).not.toBeNull();
          expect(next.decidedS).toBeGreaterThanOrEqual(all[i]!.endedS!);
        });
      }),
      RUNS,
    );
    expect(pairs).toBeGreaterThan(10);
  });

  const ramp = steps([15, 100], [5, 200], [5, 300], [20, 400], [30, 100]);
  const missShares = (o: Partial<Sketch> = {}) =>
    Array.from({ length: 24 }, (_, seed) => run({ trace: ramp, seed, arrivalSeed: seed, ...o }).missShare);
  let base: number[];
  beforeAll(() => {
    base = missShares();
  });

  it.each([
    ['start', { assumed: { startS: 60 } }],
    ['publish delay', { assumed: { publishDelayS: 30 } }],
    ['target', { values: { targetValue: 3000 } }],
  ])('11: misses no more, on average, with a lower %s', (_name, lower: Partial<Sketch>) => {
    const less = missShares(lower);
    const noise = (2 * (deviation(base) + deviation(less))) / Math.sqrt(24);
    expect(mean(less)).toBeLessThan(mean(base) + noise);
    expect(mean(less)).toBeLessThan(mean(base));
  });

  it('12: with max = min is a static fleet, exactly', () => {
    fc.assert(
      fc.property(sketch, fc.integer({ min: 1, max: 8 }), (s, n) => {
        const one = { minCapacity: n, initialCapacity: n, maxCapacity: n };
        const r = run({ ...s, values: { ...s.values, ...one } });
        expect(r.activities).toEqual([]);
        expect(r.instanceSeconds).toBe(n * s.trace.requests.length * 60);
        // A policy that cannot be reached changes nothing either.
        const idle = run({ ...s, values: { ...s.values, ...one, targetValue: 1e12, maxCapacity: n + 5 } });
        expect(idle).toEqual({ ...r, metric: idle.metric });
      }),
      { numRuns: 30 },
    );
  });

  it('15: costs the same in two pieces, cut where the fleet is quiet at its minimum', () => {
    const [first, second] = [steps([10, 100], [15, 400], [60, 50]), steps([30, 50], [20, 300], [60, 50])];
    const whole = { ...first, requests: [...first.requests, ...second.requests] };
    const still = { assumed: { startCv: 0 } };
    const [a, b, ab] = [first, second, whole].map((t) => run({ trace: t, ...still }));
    expect(a!.instances.filter((i) => i.endedS === 85 * 60)).toHaveLength(2);
    expect(a!.scaleOuts + b!.scaleOuts).toBe(ab!.scaleOuts);
    expect(a!.instanceSeconds + b!.instanceSeconds).toBeCloseTo(ab!.instanceSeconds, -2);
    expect((a!.late + b!.late) / ab!.late).toBeCloseTo(1, 1);
  });

  it('16: ends a silent piece at the minimum, or never, by flag', () => {
    const dark = { trace: steps([20, 532], [120, 0]), values: { initialCapacity: 8, minCapacity: 2 } };
    const at = (r: Simulation) => r.activities.at(-1)?.to ?? 8;
    for (const scaleIn of ['proportional', 'one-by-one'] as const) {
      expect(at(run({ ...dark, assumed: { scaleIn } }))).toBe(2);
      expect(at(run({ ...dark, assumed: { scaleIn, zeroSilent: true } }))).toBe(8);
    }
  });
});

describe('the model', () => {
  it.each([
    ['one-minute metrics', {}, 250, 365],
    ['20 s metrics', { periodS: 20, publishDelayS: 30, evaluateEveryS: 10 }, 50, 100],
  ])(
    '8: asks for capacity after a step as fast as AWS was seen to, with %s',
    (_, o: Partial<Assumptions>, low, high) => {
      const waits = Array.from({ length: 200 }, (_, seed) => {
        // The step comes at any second of a minute.
        const offset = (seed * 17) % 60;
        const perSecond = Array.from({ length: 1500 }, (_, s) => (s < 600 + offset ? 100 : 500));
        const t: Trace = { name: 'step', stepS: 1, requests: perSecond };
        return flow({ trace: t, seed, arrivalSeed: seed, assumed: o }).activities[0]!.decidedS - 600 - offset + 5;
      });
      waits.sort((a, b) => a - b);
      expect(mean(waits)).toBeGreaterThanOrEqual(low);
      expect(mean(waits)).toBeLessThanOrEqual(high);
      // AWS's own figure for each is a single run.
      expect(waits[190]!).toBeLessThanOrEqual(high + 5);
    },
  );

  it('9: an alarm without points knows nothing, and zeros are points', () => {
    const points = (xs: (number | null)[]) => xs.map((value, i) => ({ endS: 60 * i, value }));
    const below = (v: number) => v < 10;
    expect(alarmState('ALARM', points([null, null, null]), 3, below)).toBe('INSUFFICIENT_DATA');
    expect(alarmState('OK', points([0, 0, 0]), 3, below)).toBe('ALARM');
    expect(alarmState('OK', points([0, null, 0, null, 0]), 3, below)).toBe('ALARM');
    expect(alarmState('OK', points([0, 0]), 3, below)).toBe('OK');
    expect(alarmState('ALARM', points([0, 0]), 3, below)).toBe('ALARM');
    expect(alarmState('ALARM', points([0, 0, 10]), 3, below)).toBe('OK');
  });

  it('12: waits as Erlang C says, within 2 %', () => {
    const [rate, serviceS, slots] = [80, 0.04, 4];
    const gaps = exponential(rate, 11);
    const arrivals = new Float64Array(2_000_000);
    for (let i = 0, at = 0; i < arrivals.length; i++) arrivals[i] = at += gaps(i);
    const own = exponential(1 / serviceS, 12);
    const plane = new RequestPlane({ arrivals, serviceS: own, slots, queueBound: Number.POSITIVE_INFINITY, sloS: 1 });
    const one = { ...values, minCapacity: 1, initialCapacity: 1, maxCapacity: 1 };
    const kinds = [{ usdPerHour: 1, available: true }];
    simulate({ plane, values: one, assumed: sageMakerAssumptions, kinds, endS: arrivals.at(-1)!, seed: 1 });
    expect(plane.meanWaitS() / erlangWaitS(rate, serviceS, slots)).toBeCloseTo(1, 1.7);
  });

  it('13: counts the same when all times are stretched', () => {
    const counts = (k: number) => {
      const pieces = steps([20, 100], [30, 400], [40, 60]);
      const base = byArrivals(k, pieces);
      const { arrivals, served, rejected, late, scaleOuts, scaleIns } = base;
      return { arrivals, served, rejected, late, scaleOuts, scaleIns, seconds: base.instanceSeconds / k };
    };
    // Powers of two stretch without rounding.
    for (const k of [0.25, 2, 8]) expect(counts(k)).toEqual(counts(1));
    expect(counts(1).scaleOuts).toBeGreaterThan(0);
  });

  it('14: counts capacity under way: +2, then +3 in the cooldown, adds 1', () => {
    const policy = new TargetTracking(
      { ...values, maxCapacity: 20, scaleOutCooldownS: 600 },
      { ...sageMakerAssumptions, lock: false },
    );
    const minute = (m: number, perInstance: number) => policy.count(m * 60, perInstance * 10, 10);
    for (let m = 0; m < 6; m++) minute(m, 4200 * 1.15);
    expect(policy.evaluate(400, { desired: 10, active: 10 })).toMatchObject({ from: 10, to: 12 });
    for (let m = 6; m < 12; m++) minute(m, 4200 * 1.25);
    expect(policy.evaluate(760, { desired: 12, active: 10 })).toMatchObject({ from: 12, to: 12 + 1 });
    expect(policy.evaluate(820, { desired: 13, active: 10 })).toBeNull();
  });
});

/** Property 13's run: arrivals, service and every constant times k. */
function byArrivals(k: number, trace: Trace): Simulation {
  const unit = Float64Array.from(exponentialTimes(trace));
  const arrivals = unit.map((t) => t * k);
  const a = sageMakerAssumptions;
  const assumed = {
    ...a,
    periodS: a.periodS * k,
    lowPeriodS: a.lowPeriodS * k,
    publishDelayS: a.publishDelayS * k,
    evaluateEveryS: a.evaluateEveryS * k,
    actionS: a.actionS * k,
    startS: a.startS * k,
  };
  const v = {
    ...values,
    // The metric is per minute: the same requests in k times the time.
    targetValue: values.targetValue / k,
    scaleOutCooldownS: values.scaleOutCooldownS * k,
    scaleInCooldownS: values.scaleInCooldownS * k,
  };
  const plane = new RequestPlane({ arrivals, serviceS: () => 0.04 * k, slots: 4, queueBound: 1000, sloS: 0.5 * k });
  const kinds = [{ usdPerHour: 1, available: true }];
  return simulate({ plane, values: v, assumed, kinds, endS: trace.requests.length * 60 * k, seed: 5 });
}

function exponentialTimes({ requests }: Trace): number[] {
  const times: number[] = [];
  requests.forEach((n, minute) => {
    const gap = exponential(n / 60, minute);
    for (let at = minute * 60 + gap(0), i = 1; at < (minute + 1) * 60; at += gap(i++)) times.push(at);
  });
  return times;
}
