import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FleetInput, fleetFor } from '../../../lib/core/scale/fleet.ts';
import { instancesFor } from '../../../lib/core/scale/instances.ts';
import { tidy } from '../../../lib/core/scale/tidy.ts';
import { usdPerMillion } from '../../../lib/core/scale/usd-per-million.ts';

const source002: FleetInput = {
  capacityPerMinute: 1335,
  capacityLowerPerMinute: 1335,
  demand: { requestsPerMinute: 30_000, low: 15_000, peak: 45_000 },
  usdPerHour: 0.94,
};

describe('fleetFor', () => {
  it('gives the figures of source 002', () => {
    expect(fleetFor(source002)).toMatchObject({
      atCapacity: { instances: 23, usdPerHour: 21.62 },
      atTarget: { instances: 33, usdPerHour: 31.02 },
      scaling: {
        targetValue: 934.5,
        minCapacity: 17,
        initialCapacity: 33,
        maxCapacity: 49,
        scaleOutCooldownS: 300,
        scaleInCooldownS: 300,
        cooldownSource: 'default',
      },
    });
  });

  it('plans with the lower bound and ranks with the capacity', () => {
    const fleet = fleetFor({ ...source002, capacityLowerPerMinute: 1000, safety: 0.5 })!;
    expect(fleet.scaling.targetValue).toBe(500);
    expect(fleet.atCapacity.instances).toBe(23);
    expect(fleet.atTarget).toEqual({ instances: 60, usdPerHour: 56.4 });
  });

  it('keeps two instances unless one is asked for', () => {
    const small = { ...source002, demand: { requestsPerMinute: 10, low: 5, peak: 15 } };
    expect(fleetFor(small)!.scaling).toMatchObject({ minCapacity: 2, initialCapacity: 2, maxCapacity: 2 });
    expect(fleetFor(small)!.atTarget.instances).toBe(1);
    expect(fleetFor({ ...small, availability: 'single' })!.scaling).toMatchObject({
      minCapacity: 1,
      initialCapacity: 1,
      maxCapacity: 1,
    });
  });

  it('is capped by a quota that was read, and warns', () => {
    const capped = fleetFor({ ...source002, quota: 40 })!;
    expect(capped.scaling).toMatchObject({ minCapacity: 17, initialCapacity: 33, maxCapacity: 40 });
    expect(capped.warnings).toEqual(['the quota of 40 instances is below the 49 that the peak needs']);
    expect(fleetFor({ ...source002, quota: 10 })!.scaling).toMatchObject({
      minCapacity: 10,
      initialCapacity: 10,
      maxCapacity: 10,
    });
    expect(fleetFor({ ...source002, quota: 49 })!.warnings).toEqual([]);
    expect(fleetFor(source002)!.warnings[0]).toContain('not read');
  });

  it('counts without a price', () => {
    expect(fleetFor({ ...source002, usdPerHour: null })!.atCapacity).toEqual({ instances: 23, usdPerHour: null });
  });

  it.each([
    [0, 10],
    [10, 0],
  ])('knows no fleet for a capacity of %d with lower bound %d', (capacityPerMinute, capacityLowerPerMinute) => {
    expect(fleetFor({ ...source002, capacityPerMinute, capacityLowerPerMinute })).toBeNull();
  });

  it('always carries what it is sized for, with no instance to spare', () => {
    const rate = fc.double({ min: 1, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.double({ min: 0.1, max: 1, noNaN: true }), (capacity, demand, safety) => {
        const input = {
          capacityPerMinute: capacity,
          capacityLowerPerMinute: capacity,
          demand: { requestsPerMinute: demand, low: demand / 2, peak: demand * 1.5 },
          usdPerHour: 1,
          safety,
        };
        const { atCapacity, atTarget, scaling } = fleetFor(input)!;
        expect(atCapacity.instances * capacity).toBeGreaterThanOrEqual(demand * (1 - 1e-8));
        expect((atCapacity.instances - 1) * capacity).toBeLessThan(demand);
        expect(atTarget.instances * scaling.targetValue).toBeGreaterThanOrEqual(demand * (1 - 1e-8));
        expect(atTarget.instances).toBeGreaterThanOrEqual(atCapacity.instances);
        expect(scaling.minCapacity).toBeLessThanOrEqual(scaling.initialCapacity);
        expect(scaling.initialCapacity).toBeLessThanOrEqual(scaling.maxCapacity);
      }),
    );
  });
});

describe('small arithmetic', () => {
  it.each([
    [30_000, 1335, 23],
    [1335, 1335, 1],
    [1336, 1335, 2],
    [0.1, 1335, 1],
    // 3 x 0.1 is a hair above 0.3.
    [3 * 0.1, 0.1, 3],
  ])('%d at %d each is %d', (demand, each, count) => expect(instancesFor(demand, each)).toBe(count));

  it('prices a million items', () => {
    expect(usdPerMillion(3.6, 1)).toBe(1000);
    expect(usdPerMillion(0.94, 1335 / 60)).toBeCloseTo(11.7353, 4);
    expect(usdPerMillion(null, 5)).toBeNull();
    expect(usdPerMillion(1, 0)).toBeNull();
  });

  it('drops binary dust only', () => {
    expect(tidy(6 * 4.89)).toBe(29.34);
    expect(tidy(1335 * 0.7)).toBe(934.5);
    expect(tidy(0.1234567891)).toBe(0.1234567891);
  });
});
