import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawBelow, hash32, uniform } from '../../../lib/core/load/seeded-random.ts';

test('equal inputs give equal draws, inside their range', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeNat(), fc.integer({ min: 1, max: 1000 }), (seed, index, below) => {
      expect(hash32(seed, index)).toBe(hash32(seed, index));
      const u = uniform(seed, index);
      expect(u > 0 && u < 1).toBe(true);
      const n = drawBelow(below, seed, index);
      expect(Number.isInteger(n) && n >= 0 && n < below).toBe(true);
    }),
  );
});

test('neighbouring indices and seeds fill the range evenly', () => {
  const n = 16_000;
  for (const draw of [(i: number) => drawBelow(16, 7, i), (i: number) => drawBelow(16, i, 7)]) {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < n; i++) counts[draw(i)]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
    // 99.99 % quantile of chi-square with 15 degrees of freedom.
    expect(chiSquare).toBeLessThan(44.3);
  }
});

test('indices beyond 32 bits differ from those within', () => {
  expect(hash32(1, 5)).not.toBe(hash32(1, 5 + 2 ** 32));
  expect(hash32(1, 5)).not.toBe(hash32(1 + 2 ** 32, 5));
});
