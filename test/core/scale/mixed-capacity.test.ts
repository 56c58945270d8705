import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOfMix, capacityWeights } from '../../../lib/core/scale/mixed-capacity.ts';

describe('capacityWeights', () => {
  it('counts in whole multiples of the weakest', () => {
    expect(
      capacityWeights([
        { instanceType: 'g4dn.2xlarge', capacityPerMinute: 1335 },
        { instanceType: 'g4dn.12xlarge', capacityPerMinute: 5356 },
        { instanceType: 'g4dn.xlarge', capacityPerMinute: 1078 },
      ]),
    ).toEqual([
      { instanceType: 'g4dn.2xlarge', weight: 1 },
      { instanceType: 'g4dn.12xlarge', weight: 5 },
      { instanceType: 'g4dn.xlarge', weight: 1 },
    ]);
  });
});

describe('boundsOfMix', () => {
  const bounds = { targetValue: 934.5, minCapacity: 17, maxCapacity: 49, scaleOutCooldownS: 60 };

  it('plans every instance for what the weakest type carries', () => {
    expect(boundsOfMix(bounds, 1335, [{ instanceType: 'weak', capacityPerMinute: 1068 }])).toEqual({
      targetValue: 747.6,
      minCapacity: 22,
      maxCapacity: 62,
      scaleOutCooldownS: 60,
    });
  });

  it('changes nothing when the others carry more', () => {
    expect(boundsOfMix(bounds, 1335, [{ instanceType: 'strong', capacityPerMinute: 1400 }])).toEqual(bounds);
  });

  it('carries the same demand whatever the mix', () => {
    const capacity = fc.double({ min: 1, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(capacity, capacity, fc.integer({ min: 1, max: 200 }), (own, other, count) => {
        const before = { targetValue: own * 0.7, minCapacity: count, maxCapacity: count };
        const after = boundsOfMix(before, own, [{ instanceType: 'other', capacityPerMinute: other }]);
        expect(after.targetValue).toBeLessThanOrEqual(Math.min(own, other) * 0.7 * (1 + 1e-9));
        expect(after.maxCapacity * after.targetValue).toBeGreaterThanOrEqual(count * before.targetValue * (1 - 1e-6));
      }),
    );
  });
});
