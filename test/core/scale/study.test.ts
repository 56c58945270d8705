import { describe, expect, it } from 'vitest';
import { recommendationSchema } from '../../../lib/core/recommend/recommendation.ts';
import { scheduledPolicy } from '../../../lib/core/scale/baselines.ts';
import { withoutType } from '../../../lib/core/scale/lost-type.ts';
import { costOf, type Fleet, meets, Replays, spread } from '../../../lib/core/scale/replays.ts';
import { sageMakerAssumptions } from '../../../lib/core/scale/simulation/assumptions.ts';
import { deployableScaling, type StudyInput, study } from '../../../lib/core/scale/study.ts';
import type { Trace } from '../../../lib/core/scale/trace/trace.ts';
import { curve, steps, values } from '../../support/simulations.ts';

const fleet: Fleet = { kinds: [{ usdPerHour: 1, available: true, curve }] };
/** Slow enough for scaling to follow. */
const ramp = steps(...Array.from({ length: 24 }, (_, h) => [10, 100 + 40 * Math.min(h, 23 - h)] as const));

const studyOf = (trace: Trace, o: Partial<StudyInput> = {}) =>
  study({
    replays: new Replays(trace, { ...sageMakerAssumptions, startS: 60 }),
    fleet,
    planned: values,
    goal: 0.05,
    seeds: 10,
    capacityLowerPerMinute: 6000,
    floor: 2,
    ...o,
  });

describe('study', () => {
  it('picks a policy that meets the goal and costs no more than what is planned or does not scale', () => {
    const found = studyOf(ramp);
    const { picked, planned, scheduled } = found;
    expect(picked!.meets).toBe(true);
    expect(picked!.bracket.proportional.missShare.p95).toBeLessThanOrEqual(0.05);
    expect(picked!.bracket['one-by-one'].missShare.p95).toBeLessThanOrEqual(0.05);
    expect(costOf(picked!.bracket)).toBeLessThanOrEqual(costOf(planned.bracket));
    expect(costOf(picked!.bracket)).toBeLessThan(costOf(found.static!.bracket));
    // An hour's busiest minute is far above the rest of a ramp: a timetable by the hour costs more than following it.
    expect(costOf(picked!.bracket)).toBeLessThan(costOf(scheduled.bracket));
    expect(studyOf(ramp)).toEqual(found);
  });

  it('finds the smallest fleet that need not scale', () => {
    const { static: plain } = studyOf(ramp);
    const fewer = { ...plain!.values, minCapacity: plain!.values.minCapacity - 1 };
    const one = { ...fewer, initialCapacity: fewer.minCapacity, maxCapacity: fewer.minCapacity };
    const replays = new Replays(ramp, sageMakerAssumptions);
    expect(plain!.meets).toBe(true);
    expect(meets(replays.bracket({ values: one }, fleet, 10), 0.05)).toBe(false);
  });

  it('picks nothing where scaling comes too late, and says so of every policy', () => {
    const burst = steps([60, 20], [4, 900], [60, 20]);
    const { picked, static: plain } = studyOf(burst, { goal: 0.01 });
    // The quiet load needs two of twelve; holding nine tenths of the minutes does not help.
    expect(picked).toBeNull();
    expect(plain).not.toBeNull();
  });

  it('never picks more than the quota allows', () => {
    const replays = new Replays(ramp, { ...sageMakerAssumptions, startS: 60, quota: 6 });
    const { picked, frontier } = studyOf(ramp, { replays, goal: 0.4 });
    expect(picked!.values.maxCapacity).toBeLessThanOrEqual(6);
    expect(picked!.bracket.proportional.refusedScaleOuts.p95).toBe(0);
    for (const f of frontier.filter((x) => x.values !== values)) expect(f.values.maxCapacity).toBeLessThanOrEqual(6);
  });

  it('has a frontier on which more money always misses less', () => {
    const { frontier } = studyOf(ramp);
    expect(frontier.length).toBeGreaterThan(1);
    frontier.slice(1).forEach((f, i) => {
      expect(f.cost).toBeGreaterThanOrEqual(frontier[i]!.cost);
      expect(f.missShare).toBeLessThan(frontier[i]!.missShare);
    });
  });

  it('gives values that a recommendation may hold', () => {
    const scaling = deployableScaling(studyOf(ramp).picked!.values, 'ramp', 10);
    expect(recommendationSchema.shape.scaling.parse(scaling)).toEqual(scaling);
  });
});

describe('Replays', () => {
  it('shows every policy the same days', () => {
    const replays = new Replays(ramp, sageMakerAssumptions);
    const of = (targetValue: number, seed: number) =>
      replays.run({ values: { ...values, targetValue } }, fleet, 'proportional', seed).arrivals;
    expect(of(3000, 4)).toBe(of(5000, 4));
    expect(of(3000, 4)).not.toBe(of(3000, 5));
  });

  it('brackets the hours: one by one keeps instances longer', () => {
    const down = steps([15, 600], [120, 60]);
    const policy = { values: { ...values, initialCapacity: 10 } };
    const { proportional, 'one-by-one': slow } = new Replays(down, sageMakerAssumptions).bracket(policy, fleet, 5);
    expect(slow.instanceHours.p50).toBeGreaterThan(proportional.instanceHours.p50 * 1.15);
  });

  it('meets a goal only under both rules, and on the worst of twenty days', () => {
    const at = (p50: number, p95: number) => {
      const none = { p5: 0, p50: 0, p95: 0 };
      const missShare = { p5: 0, p50, p95 };
      return { missShare, instanceHours: none, usd: null, scaleOuts: none, refusedScaleOuts: none };
    };
    expect(meets({ proportional: at(0.01, 0.04), 'one-by-one': at(0.01, 0.05) }, 0.05)).toBe(true);
    expect(meets({ proportional: at(0.01, 0.06), 'one-by-one': at(0.01, 0.04) }, 0.05)).toBe(false);
    expect(meets({ proportional: at(0.01, 0.04), 'one-by-one': at(0.01, 0.06) }, 0.05)).toBe(false);
  });

  it('knows no dollars without a price', () => {
    const unpriced = { kinds: [{ ...fleet.kinds[0]!, usdPerHour: null }] };
    expect(new Replays(ramp, sageMakerAssumptions).outcome({ values }, unpriced, 'proportional', 3).usd).toBeNull();
  });

  it('reads percentiles by nearest rank', () => {
    expect(spread(Array.from({ length: 100 }, (_, i) => 100 - i))).toEqual({ p5: 5, p50: 50, p95: 95 });
    expect(spread([3])).toEqual({ p5: 3, p50: 3, p95: 3 });
  });
});

describe('scheduledPolicy', () => {
  it('is up before the hour that needs it and down when the next has begun', () => {
    const trace = steps([60, 100], [60, 400], [60, 100]);
    const { values: v, schedule } = scheduledPolicy(trace, { targetValue: 3000, floor: 1, startS: 260, quota: null });
    expect(v.initialCapacity).toBe(2);
    expect(schedule).toEqual([
      { atS: (60 - 7) * 60, minCapacity: 8, maxCapacity: 8 },
      { atS: 120 * 60, minCapacity: 2, maxCapacity: 2 },
    ]);
    const outcome = new Replays(trace, sageMakerAssumptions).outcome({ values: v, schedule }, fleet, 'proportional', 5);
    expect(outcome.missShare.p95).toBeLessThan(0.05);
    expect(outcome.scaleOuts.p50).toBe(1);
  });
});

describe('withoutType', () => {
  it('refuses what cannot be launched, and stands on another type where there is one', () => {
    const replays = new Replays(steps([30, 100], [60, 500]), sageMakerAssumptions);
    const big = { ...curve, capacityPerSecond: 200, maxPerSecond: 220, late: [] };
    const others = [{ instanceType: 'big', kind: { usdPerHour: 3, available: true, curve: big } }];
    const [nothing, stand] = withoutType(replays, { values }, fleet, others, 5);
    const planned = replays.bracket({ values }, fleet, 5).proportional;
    expect(nothing!.instead).toBeNull();
    expect(nothing!.bracket.proportional.scaleOuts.p95).toBe(0);
    expect(nothing!.bracket.proportional.refusedScaleOuts.p50).toBeGreaterThan(10);
    expect(nothing!.bracket.proportional.missShare.p50).toBeGreaterThan(2 * planned.missShare.p50);
    expect(stand!.instead).toBe('big');
    expect(stand!.bracket.proportional.missShare.p50).toBeLessThanOrEqual(planned.missShare.p50);
    expect(stand!.bracket.proportional.usd!.p50).toBeGreaterThan(planned.usd!.p50);
  });
});
