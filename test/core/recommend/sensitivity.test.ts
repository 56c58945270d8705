/** A change that is said to flip the decision flips it, and a hair less does not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import type { Goal } from '../../../lib/core/recommend/goal.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import type { Flip } from '../../../lib/core/recommend/recommendation.ts';
import { configurationOf, scalarOf } from '../../support/measurements.ts';
import { randomGoal, randomMeasurements, sloAt } from '../../support/random-field.ts';
import { recommendation002 } from '../../support/recommendation.ts';

function decide(measurements: readonly Measurement[], { objective, sloMs, demandPerMinute: d }: Goal) {
  const demand = d === null ? null : { requestsPerMinute: d, low: d / 2, peak: d * 1.5 };
  return recommend({ experiment: 'p', slo: sloAt(sloMs), demand, objective, measurements });
}

/** The experiment with one value changed. */
function changed(rows: readonly Measurement[], goal: Goal, { what, instanceType }: Flip, value: number) {
  if (what === 'sloMs') return decide(rows, { ...goal, sloMs: value });
  if (what === 'requestsPerMinute') return decide(rows, { ...goal, demandPerMinute: value });
  const repriced = rows.map((m) =>
    m.configuration.instanceType === instanceType ? { ...m, price: { ...m.price!, usdPerHour: value } } : m,
  );
  return decide(repriced, goal);
}

describe('sensitivity', () => {
  it('names changes that flip the decision, and values up to which it stands', () => {
    const seen = { sloMs: 0, requestsPerMinute: 0, usdPerHour: 0 };
    fc.assert(
      fc.property(randomMeasurements, randomGoal, (rows, goal) => {
        const decision = decide(rows, goal);
        for (const flip of decision.sensitivity) {
          seen[flip.what]++;
          const at = JSON.stringify(flip);
          const there = changed(rows, goal, flip, flip.flipsAt);
          expect(there.choice?.configuration, at).not.toBe(decision.choice!.configuration);
          expect(there.choice, at).toEqual(flip.winner);
          expect(changed(rows, goal, flip, flip.holdsTo).choice?.configuration, at).toBe(
            decision.choice!.configuration,
          );
          expect(Math.abs(flip.flipsAt - flip.stated), at).toBeGreaterThanOrEqual(Math.abs(flip.holdsTo - flip.stated));
        }
      }),
      { numRuns: 300 },
    );
    // Each kind was asked about; how often is up to the seed.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });

  it('leaves no nearer change unnamed', () => {
    fc.assert(
      fc.property(randomMeasurements, randomGoal, fc.integer({ min: 1, max: 999 }), (rows, goal, share) => {
        const decision = decide(rows, goal);
        for (const flip of decision.sensitivity.filter((f) => f.what !== 'usdPerHour')) {
          const between = flip.stated + ((flip.holdsTo - flip.stated) * share) / 1000;
          const value = flip.what === 'sloMs' ? between : Math.round(between);
          if (Math.abs(value - flip.stated) > Math.abs(flip.holdsTo - flip.stated)) continue;
          expect(changed(rows, goal, flip, value).choice?.configuration, `${value} of ${JSON.stringify(flip)}`).toBe(
            decision.choice!.configuration,
          );
        }
      }),
      { numRuns: 150 },
    );
  });

  it('says of source 002 how thin its decision is', () => {
    const text = recommendation002().sensitivity.map(({ what, instanceType, holdsTo, flipsAt, winner }) => [
      what,
      instanceType,
      holdsTo,
      flipsAt,
      winner === null ? null : `${winner.configuration} ${winner.instanceType}`,
    ]);
    expect(text).toEqual([
      ['sloMs', null, 499, 498, 'trt-db ml.g4dn.12xlarge'],
      ['usdPerHour', 'ml.g4dn.12xlarge', 3.6034, 3.6033, 'trt-db ml.g4dn.12xlarge'],
      ['usdPerHour', 'ml.g4dn.2xlarge', 1.2756, 1.2757, 'trt-db ml.g4dn.12xlarge'],
      ['sloMs', null, 782, 783, 'trt-db-ig ml.g4dn.xlarge'],
    ]);
  });

  it('is empty where one row stands alone, but for the limit that it needs', () => {
    const place = configurationOf('only', { target: 'sagemaker', instanceType: 'ml.x' });
    const rows = [scalarOf(place, { latencyMs: 20, requestsPerMinute: 100 }, 1)];
    const goal: Goal = { objective: 'minimize-cost', sloMs: 30, demandPerMinute: 1000 };
    expect(decide(rows, goal).sensitivity).toEqual([
      {
        what: 'sloMs',
        instanceType: null,
        stated: 30,
        holdsTo: 20,
        flipsAt: 19.9,
        percent: expect.closeTo(-33.67, 2),
        winner: null,
      },
    ]);
    expect(decide([], goal).sensitivity).toEqual([]);
  });
});
