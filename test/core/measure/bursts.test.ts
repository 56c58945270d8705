import { describe, expect, it } from 'vitest';
import { uniform } from '../../../lib/core/load/seeded-random.ts';
import { lagOneCorrelation } from '../../../lib/core/measure/batch-means.ts';
import { burstsIn, FEW_BURSTS } from '../../../lib/core/measure/bursts.ts';
import { skewedT } from '../../../lib/core/measure/skewed-t.ts';
import { skewness } from '../../../lib/core/measure/skewness.ts';

describe('skewness', () => {
  it.each([
    [[], 0],
    [[1, 9], 0],
    [[4, 4, 4], 0],
    [[1, 2, 3], 0],
    // m2 = 2/9, m3 = 2/27: (2/27) / (2/9)^1.5 = 1/√2, times √6 / 1.
    [[0, 0, 1], Math.sqrt(3)],
    [[0, 0, -1], -Math.sqrt(3)],
    [[...Array.from({ length: 29 }, () => 7), 8], Math.sqrt(30)],
  ])('of %j', (values, expected) => expect(skewness(values)).toBeCloseTo(expected, 9));
});

describe('quantile of a skewed ratio', () => {
  it('is that of Student without skewness, and comes to it without a step', () => {
    expect(skewedT(2.2, 0)).toBe(2.2);
    expect(skewedT(-2.2, 0)).toBe(-2.2);
    expect(skewedT(2.2, 1e-5)).toBeCloseTo(2.2, 4);
    expect(skewedT(2.2, 1e-3)).toBeCloseTo(2.2, 2);
  });

  it('turns the cubic round that takes the skewness out of the ratio', () => {
    for (const t of [-3, -2.262, 1, 2.262, 3]) {
      for (const skew of [-1, -0.3, 0.2, 0.9]) {
        const [beta, g] = [skew / 6, skewedT(t, skew)];
        expect(g + beta * (1 + 2 * g * g) + (4 / 3) * beta * beta * g ** 3).toBeCloseTo(t, 9);
      }
    }
  });

  it('is wider towards the bursts', () => {
    expect(-skewedT(-2, 0.5)).toBeGreaterThan(2);
    expect(skewedT(2, 0.5)).toBeLessThan(2);
    expect(skewedT(2, -0.5)).toBeCloseTo(-skewedT(-2, 0.5), 12);
  });
});

describe('bursts in a series', () => {
  const draw = (run: number, i: number) =>
    Math.sqrt(-2 * Math.log(uniform(run * 7 + 1, i))) * Math.cos(2 * Math.PI * uniform(run * 7 + 2, i));
  const noise = (run: number, n: number, at: readonly number[] = [], by = 60) =>
    Array.from({ length: n }, (_, i) => 100 + 3 * draw(run, i) + (at.includes(i) ? by : 0));

  it('are not told from fewer than thirty values, and without end where all are alike', () => {
    expect(burstsIn(noise(1, 29))).toBeNull();
    expect(burstsIn(noise(1, 30))).not.toBeNull();
    expect(burstsIn(Array.from({ length: 30 }, () => 0))).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([300, -300])('are one, two and eight where that many are apart by %d', (by) => {
    for (let run = 1; run <= 20; run++) {
      expect(burstsIn(noise(run, 120, [50], by))!).toBeLessThan(1.5);
      expect(burstsIn(noise(run, 120, [30, 90], by))!).toBeLessThan(FEW_BURSTS);
      expect(burstsIn(noise(run, 120, [4, 18, 33, 46, 61, 77, 92, 110], by))!).toBeGreaterThan(FEW_BURSTS);
    }
  });

  it('counts what lasts once, however many batches it fills', () => {
    const lasting = Array.from({ length: 12 }, (_, i) => 40 + i);
    for (let run = 1; run <= 20; run++) expect(burstsIn(noise(run, 120, lasting))!).toBeLessThan(FEW_BURSTS);
  });

  it('are never few in noise, correlated or not', () => {
    for (let run = 1; run <= 300; run++) {
      let y = 0;
      const alike = noise(run, 130)
        .map((v) => (y = 0.5 * y + (v - 100)))
        .slice(10);
      expect(burstsIn(noise(run, 120))!).toBeGreaterThan(FEW_BURSTS);
      expect(burstsIn(alike)!).toBeGreaterThan(FEW_BURSTS);
    }
  });
});

describe('correlation of neighbours', () => {
  it.each([
    ['alike', Array.from({ length: 20 }, () => 5), 0],
    ['by turns', Array.from({ length: 20 }, (_, i) => i % 2), 0],
    ['a ramp, as far as it goes', Array.from({ length: 20 }, (_, i) => i), 0.6],
  ])('of %s', (_, values, expected) => expect(lagOneCorrelation(values)).toBe(expected));
});
