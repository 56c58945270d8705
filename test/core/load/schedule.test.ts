import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSchedule } from '../../../lib/core/load/schedule.ts';

const seeds = fc.integer();
const rates = fc.double({ min: 0.1, max: 100_000, noNaN: true });

test('a constant rate is exact at every index', () => {
  const schedule = createSchedule({ kind: 'constant', ratePerSecond: 400 }, 1);
  expect([0, 1, 400, 24_000_000].map((i) => schedule.offsetMs(i))).toEqual([0, 2.5, 1000, 60_000_000]);
});

describe('poisson', () => {
  test('is a function of seed and index, in whatever order it is asked', () => {
    fc.assert(
      fc.property(
        seeds,
        rates,
        fc.array(fc.nat(5000), { minLength: 1, maxLength: 20 }),
        (seed, ratePerSecond, indices) => {
          const shape = { kind: 'poisson', ratePerSecond } as const;
          const jumping = createSchedule(shape, seed);
          const asked = indices.map((i) => jumping.offsetMs(i));
          expect(asked).toEqual(indices.map((i) => createSchedule(shape, seed).offsetMs(i)));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('never goes back, and another seed gives another schedule', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const schedule = createSchedule({ kind: 'poisson', ratePerSecond: 100 }, seed);
        const offsets = Array.from({ length: 500 }, (_, i) => schedule.offsetMs(i));
        expect(offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!)).toBe(true);
        expect(createSchedule({ kind: 'poisson', ratePerSecond: 100 }, seed + 1).offsetMs(499)).not.toBe(offsets[499]);
      }),
      { numRuns: 50 },
    );
  });

  test('has the mean and the spread of exponential gaps', () => {
    const n = 20_000;
    fc.assert(
      fc.property(seeds, rates, (seed, ratePerSecond) => {
        const schedule = createSchedule({ kind: 'poisson', ratePerSecond }, seed);
        const offsets = Array.from({ length: n }, (_, i) => schedule.offsetMs(i));
        const gaps = offsets.map((offset, i) => offset - (i === 0 ? 0 : offsets[i - 1]!));
        const mean = gaps.reduce((a, b) => a + b, 0) / n;
        const sd = Math.sqrt(gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
        // Five standard errors: of the mean 1/sqrt(n); of the standard deviation sqrt(2/n) for an exponential.
        expect(Math.abs((mean * ratePerSecond) / 1000 - 1)).toBeLessThan(5 / Math.sqrt(n));
        expect(Math.abs((sd * ratePerSecond) / 1000 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
        // Neighbours are independent.
        const covariance = gaps.slice(1).reduce((sum, gap, i) => sum + (gap - mean) * (gaps[i]! - mean), 0) / n;
        expect(Math.abs(covariance / (sd * sd))).toBeLessThan(5 / Math.sqrt(n));
      }),
      { numRuns: 25 },
    );
  });
});
