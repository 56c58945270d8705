/** The flow against the requests it stands for. */
import { describe, expect, it } from 'vitest';
import { FlowPlane } from '../../../../lib/core/scale/simulation/flow-plane.ts';
import { byRequest, curve, flow, type Sketch, steps } from '../../../support/simulations.ts';

describe('a flow', () => {
  it.each([
    ['a burst', steps([20, 100], [60, 500], [60, 100])],
    ['stairs', steps([20, 150], [30, 300], [30, 700], [60, 100])],
    ['two bursts', steps([20, 100], [15, 350], [40, 80], [15, 450], [30, 80])],
  ])('misses and costs what single requests do, in %s', (_, trace) => {
    const of = (run: (s: Sketch) => { missShare: number; instanceSeconds: number }) => {
      const runs = [1, 2, 3, 4].map((seed) => run({ trace, seed, arrivalSeed: seed }));
      const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
      return { misses: mean(runs.map((r) => r.missShare)), seconds: mean(runs.map((r) => r.instanceSeconds)) };
    };
    const [fluid, single] = [of((s) => flow(s, [{ ...curve, maxPerSecond: 100 }])), of(byRequest)];
    expect(single.misses).toBeGreaterThan(0.05);
    expect(Math.abs(fluid.misses / single.misses - 1)).toBeLessThan(0.1);
    expect(Math.abs(fluid.seconds / single.seconds - 1)).toBeLessThan(0.06);
  });

  it('queues at each instance: a new one answers at once while the old one works its queue off', () => {
    const counts = Float64Array.from([300, 100, 100, 100]);
    const plane = new FlowPlane({
      counts,
      tickS: 1,
      curves: [{ ...curve, maxPerSecond: 100, late: [] }],
      queueBoundS: 60,
    });
    plane.join(0, 0);
    plane.advance(1);
    expect(plane.tally()).toMatchObject({ arrivals: 300, served: 100, queued: 200 });
    const before = plane.tally().late;
    plane.join(1, 0);
    plane.advance(2);
    expect(plane.tally().late).toBe(before);
    expect(plane.tally()).toMatchObject({ arrivals: 400, served: 300, queued: 100 });
  });

  it('leaves lateness to the queue where there is one: over the limit for a moment is not late yet', () => {
    const counts = Float64Array.from([150, 150]);
    const plane = new FlowPlane({ counts, tickS: 1, curves: [{ ...curve, slackS: 10 }], queueBoundS: 60 });
    plane.join(0, 0);
    plane.advance(2);
    // As many as at the capacity: 5 of 100.
    expect(plane.tally()).toMatchObject({ queued: expect.closeTo(80, 6), late: expect.closeTo(15, 6) });
  });

  it('refuses what would wait beyond the bound, and everything without an instance', () => {
    const counts = Float64Array.from([500, 50]);
    const plane = new FlowPlane({ counts, tickS: 1, curves: [{ ...curve, maxPerSecond: 100 }], queueBoundS: 2 });
    plane.join(0, 0);
    plane.advance(1);
    expect(plane.tally()).toMatchObject({ served: 100, queued: 200, rejected: 200 });
    const empty = new FlowPlane({ counts, tickS: 1, curves: [curve], queueBoundS: 2 });
    empty.advance(2);
    expect(empty.tally()).toMatchObject({ arrivals: 550, rejected: 550, late: 550, served: 0 });
  });
});
