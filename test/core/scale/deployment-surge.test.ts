import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deploymentSurge } from '../../../lib/core/scale/deployment-surge.ts';

const bounds = (minCapacity: number, maxCapacity: number, quotaInstances: number | null = null) =>
  deploymentSurge({ minCapacity, maxCapacity, quotaInstances });

describe('deploymentSurge', () => {
  it.each([
    [1, 1, 200, 2],
    [2, 2, 150, 3],
    [3, 10, 134, 13],
    [17, 49, 125, 61],
  ])('of %d to %d is %d %% and %d instances', (min, max, maximumPercent, maxInstances) => {
    expect(bounds(min, max)).toMatchObject({ maximumPercent, maxInstances });
  });

  it('leaves room for one task more at every size, as ECS rounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 500 }), (min, above) => {
        const { maximumPercent, maxInstances } = bounds(min, min + above);
        for (const count of [min, min + above]) {
          expect(Math.floor((count * maximumPercent) / 100)).toBeGreaterThan(count);
          expect(maxInstances).toBeGreaterThanOrEqual(Math.floor((count * maximumPercent) / 100));
        }
      }),
    );
  });

  it('never asks for more than the quota, and says when that makes deployments wait', () => {
    expect(bounds(17, 49, 55)).toEqual({ maximumPercent: 125, maxInstances: 55, warnings: [] });
    expect(bounds(17, 49, 100)).toEqual({ maximumPercent: 125, maxInstances: 61, warnings: [] });
    expect(bounds(17, 49, 49)).toMatchObject({
      maxInstances: 49,
      warnings: [expect.stringContaining('leaves none for a deployment at the peak')],
    });
  });

  it('says what a quota that was not read must allow', () => {
    expect(bounds(17, 49).warnings).toEqual([
      "the account's quota was not read: check that it allows 61 instances, 49 at the peak and the rest during a deployment",
    ]);
  });
});
