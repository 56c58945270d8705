/** What a policy may not do, and what is refused. */
import { describe, expect, it } from 'vitest';
import { uniform } from '../../../../lib/core/load/seeded-random.ts';
import { sageMakerAssumptions } from '../../../../lib/core/scale/simulation/assumptions.ts';
import { TargetTracking } from '../../../../lib/core/scale/simulation/target-tracking.ts';
import { flow, steps, values } from '../../../support/simulations.ts';

const burst = steps([20, 100], [60, 500]);

describe('a refusal', () => {
  it('is of the whole change, tried again every minute, and never partly granted', () => {
    const r = flow({ trace: burst, assumed: { quota: 6 } });
    expect(r.scaleOuts).toBe(0);
    // 2 to 8 from minute 25 on, until the end.
    expect(r.refusedScaleOuts).toBeGreaterThan(50);
    expect(r.instances).toHaveLength(2);
    expect(flow({ trace: burst, assumed: { quota: 12 } }).refusedScaleOuts).toBe(0);
  });

  it('for want of capacity delays a scale-out by minutes', () => {
    const first = (seed: number, refusalShare: number) =>
      flow({ trace: burst, seed, assumed: { refusalShare } }).activities.find((a) => !a.refused)!.decidedS;
    const waits = Array.from({ length: 20 }, (_, seed) => (first(seed, 0.7) - first(seed, 0)) / 60);
    for (const minutes of waits) expect(minutes).toBeCloseTo(Math.round(minutes), 6);
    expect(waits.filter((minutes) => minutes > 0.5).length).toBeGreaterThanOrEqual(10);
  });
});

describe('the cooldown after a scale-out', () => {
  const policy = () => {
    const p = new TargetTracking({ ...values, maxCapacity: 20, scaleOutCooldownS: 600 }, sageMakerAssumptions);
    for (let m = 0; m < 6; m++) p.count(m * 60, 4200 * 1.15 * 10, 10);
    expect(p.evaluate(400, { desired: 10, active: 10 })).toMatchObject({ to: 12 });
    p.settled(500);
    return p;
  };

  it('lets a larger step pass', () => {
    const p = policy();
    for (let m = 6; m < 12; m++) p.count(m * 60, 4200 * 1.2 * 12, 12);
    expect(p.evaluate(760, { desired: 12, active: 12 })).toMatchObject({ from: 12, to: 15 });
  });

  it('holds a step back that would only restore what was', () => {
    const p = policy();
    for (let m = 6; m < 20; m++) p.count(m * 60, 4200 * 1.1 * 10, 10);
    // Somebody removed two instances by hand.
    expect(p.evaluate(1000, { desired: 10, active: 10 })).toBeNull();
    expect(p.evaluate(1120, { desired: 10, active: 10 })).toMatchObject({ to: 11 });
  });
});

describe('the cooldown after a scale-in', () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);
  const quiet = steps([120, 20]);
  /** Seconds between scale-ins of one instance each. */
  const gaps = (seed: number, evaluatedLateS?: (n: number) => number) => {
    const first = { minCapacity: 2, initialCapacity: 9, maxCapacity: 12 };
    const assumed = { scaleIn: 'one-by-one' as const };
    const ins = flow({ trace: quiet, seed, evaluatedLateS, values: first, assumed }).activities.filter(
      (a) => a.direction === 'in',
    );
    return ins.slice(1).map((a, i) => a.decidedS - ins[i]!.decidedS);
  };

  it('is over at the evaluation that falls on its end, whatever the phase', () => {
    for (const seed of seeds) for (const gap of gaps(seed)) expect(gap, `seed ${seed}`).toBeCloseTo(300, 6);
  });

  it('is over then or one evaluation later where evaluations come late, each by its own time', () => {
    const all = seeds.flatMap((seed) => gaps(seed, (n) => uniform(seed, n)).map((s) => Math.round(s / 60)));
    const late = all.filter((intervals) => intervals === 6).length / all.length;
    expect(all.every((intervals) => intervals === 5 || intervals === 6)).toBe(true);
    // Of two evaluations either is the later one; the one that just ended a cooldown rather was.
    expect(late).toBeGreaterThan(0.4);
    expect(late).toBeLessThan(0.8);
  });
});

describe('bounds', () => {
  it('are kept at once, whatever the cooldowns', () => {
    const p = new TargetTracking(values, sageMakerAssumptions);
    p.bounds(5, 6);
    expect(p.evaluate(10, { desired: 2, active: 2 })).toMatchObject({ direction: 'out', to: 5 });
    // Locked until it has settled, then the next.
    p.bounds(1, 3);
    expect(p.evaluate(20, { desired: 5, active: 2 })).toBeNull();
    p.settled(30);
    expect(p.evaluate(40, { desired: 5, active: 5 })).toMatchObject({ direction: 'in', to: 3 });
  });
});
