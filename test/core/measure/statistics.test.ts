import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../lib/core/load/histogram.ts';
import { uniform } from '../../../lib/core/load/seeded-random.ts';
import { batchMeans } from '../../../lib/core/measure/batch-means.ts';
import { clopperPearsonLower, clopperPearsonUpper } from '../../../lib/core/measure/clopper-pearson.ts';
import { incompleteBeta } from '../../../lib/core/measure/incomplete-beta.ts';
import { logGamma } from '../../../lib/core/measure/log-gamma.ts';
import { median } from '../../../lib/core/measure/median.ts';
import { mser5 } from '../../../lib/core/measure/mser5.ts';
import { pairedLogRatio } from '../../../lib/core/measure/paired-ratio.ts';
import { percentileMs, readPercentile } from '../../../lib/core/measure/percentile.ts';
import {
  lowerRank,
  percentileLowerMs,
  percentileUpperMs,
  upperRank,
} from '../../../lib/core/measure/percentile-limit.ts';
import { sampleMinimum } from '../../../lib/core/measure/sample-minimum.ts';
import { studentT } from '../../../lib/core/measure/student-t.ts';

/** P(Bin(n, p) <= k) by its sum of logarithms of terms: slow, and sure. */
function binomialCdf(k: number, n: number, p: number): number {
  let term = n * Math.log1p(-p);
  let sum = Math.exp(term);
  for (let i = 1; i <= k; i++) {
    term += Math.log((n - i + 1) / i) + Math.log(p / (1 - p));
    sum += Math.exp(term);
  }
  return sum;
}

function filled(values: readonly number[], overflow = 0): Histogram {
  const h = new Histogram();
  for (const v of values) h.record(v);
  for (let i = 0; i < overflow; i++) h.record(Number.POSITIVE_INFINITY);
  return h;
}

const ramp = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('special functions', () => {
  it.each([
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [0.1, 2.252712651734206],
    [100, 359.1342053695754],
  ])('ln Γ(%d)', (x, expected) => expect(logGamma(x)).toBeCloseTo(expected, 10));

  it.each([
    [0, 2, 3, 0],
    [1, 2, 3, 1],
    [0.5, 2, 2, 0.5],
    [0.3, 1, 1, 0.3],
    // 1 - (1 - x)^b
    [0.2, 1, 5, 1 - 0.8 ** 5],
    // x^a
    [0.9, 7, 1, 0.9 ** 7],
  ])('I_%d(%d, %d)', (x, a, b, expected) => expect(incompleteBeta(x, a, b)).toBeCloseTo(expected, 12));

  it('is the binomial distribution function', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (n, p, r) => {
          const k = r % n;
          expect(incompleteBeta(1 - p, n - k, k + 1)).toBeCloseTo(binomialCdf(k, n, p), 8);
        },
      ),
    );
  });

  it.each([
    // Tables of Student's t.
    [0.975, 1, 12.706],
    [0.975, 9, 2.262],
    [0.975, 30, 2.042],
    [0.95, 4, 2.132],
    [0.5, 7, 0],
  ])('t quantile %d with %d degrees', (p, nu, expected) => expect(studentT(p, nu)).toBeCloseTo(expected, 3));

  it.each([
    [0.4, 3],
    [1, 3],
    [0.9, 0],
  ])('refuses the quantile %d with %d degrees', (p, nu) => expect(() => studentT(p, nu)).toThrow(RangeError));
});

describe('Clopper-Pearson', () => {
  it.each([
    // 0 of n: the upper limit is 1 - α^(1/n), "the rule of three".
    [0, 299, 0, 1 - 0.05 ** (1 / 299)],
    [299, 299, 0.05 ** (1 / 299), 1],
    [0, 0, 0, 1],
  ])('%d of %d', (hits, n, lower, upper) => {
    expect(clopperPearsonLower(hits, n)).toBeCloseTo(lower, 9);
    expect(clopperPearsonUpper(hits, n)).toBeCloseTo(upper, 9);
  });

  it('agrees with the published two-sided interval of 10 in 100', () => {
    expect(clopperPearsonLower(10, 100, 0.025)).toBeCloseTo(0.049, 4);
    expect(clopperPearsonUpper(10, 100, 0.025)).toBeCloseTo(0.1762, 4);
  });

  it('passes the counts of the reference: p99 with 0 of 299, 4 of 1,000, 12 of 2,000', () => {
    for (const [hits, n] of [
      [0, 299],
      [4, 1000],
      [12, 2000],
    ] as const) {
      expect(clopperPearsonUpper(hits, n)).toBeLessThanOrEqual(0.01);
      expect(clopperPearsonUpper(hits + 1, n)).toBeGreaterThan(0.01);
    }
  });

  it('holds the share between its limits, and each limit has the tail it promises', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (n, r) => {
        const hits = r % (n + 1);
        const [low, high] = [clopperPearsonLower(hits, n), clopperPearsonUpper(hits, n)];
        expect(low).toBeLessThanOrEqual(hits / n);
        expect(high).toBeGreaterThanOrEqual(hits / n);
        if (hits > 0) expect(1 - binomialCdf(hits - 1, n, low)).toBeCloseTo(0.05, 6);
        if (hits < n) expect(binomialCdf(hits, n, high)).toBeCloseTo(0.05, 6);
      }),
    );
  });
});

describe('order statistics', () => {
  it.each([
    [95, 59],
    [99, 299],
    [99.9, 2995],
    [50, 5],
  ])('p%d needs %d samples', (percentile, minimum) => {
    expect(sampleMinimum(percentile)).toBe(minimum);
    expect(upperRank(minimum, percentile)).toBe(minimum);
    expect(upperRank(minimum - 1, percentile)).toBeNull();
  });

  it.each([
    [95, 200, 196],
    [95, 1000, 962],
    [99, 500, 499],
    [99, 1000, 996],
    [99, 2000, 1988],
    [99, 10_000, 9917],
  ])('upper limit of p%d among %d is rank %d', (percentile, n, rank) => expect(upperRank(n, percentile)).toBe(rank));

  it('has ranks that keep their confidence and are the tightest that do', () => {
    fc.assert(
      fc.property(fc.constantFrom(50, 90, 95, 99), fc.integer({ min: 1, max: 600 }), (percentile, n) => {
        const p = percentile / 100;
        const high = upperRank(n, percentile);
        if (high !== null) {
          expect(binomialCdf(high - 1, n, p)).toBeGreaterThanOrEqual(0.95 - 1e-9);
          if (high > 1) expect(binomialCdf(high - 2, n, p)).toBeLessThan(0.95);
        }
        const low = lowerRank(n, percentile);
        if (low !== null) {
          expect(binomialCdf(low - 1, n, p)).toBeLessThanOrEqual(0.05 + 1e-9);
          expect(low).toBeLessThan(high ?? n + 1);
          expect(binomialCdf(low, n, p)).toBeGreaterThan(0.05);
        }
      }),
    );
  });

  it('reads limits off a histogram', () => {
    const h = filled(ramp(200));
    expect(percentileUpperMs(h, 95)).toBeCloseTo(196, -1);
    expect(percentileLowerMs(h, 95)!).toBeLessThan(190);
    expect(percentileUpperMs(filled(ramp(58)), 95)).toBeNull();
    expect(percentileLowerMs(filled([]), 95)).toBeNull();
    expect(percentileUpperMs(filled(ramp(190), 10), 95), 'the rank lies among the failures').toBeNull();
  });

  it('covers the true percentile in 95 % of samples', () => {
    let covered = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const h = filled(Array.from({ length: 300 }, (_, i) => 1000 * uniform(run, i)));
      if (percentileUpperMs(h, 95)! >= 950) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(covered / runs).toBeLessThan(0.995);
  });
});

describe('percentiles for people', () => {
  it('is missing under the sample minimum and among failures, and says which', () => {
    expect(readPercentile(filled(ramp(58)), 95)).toBe('too-few-samples');
    expect(readPercentile(filled(ramp(94), 6), 95)).toBe('failures');
    expect(percentileMs(filled(ramp(58)), 95)).toBeNull();
    expect(percentileMs(filled(ramp(94), 6), 95)).toBeNull();
  });

  it('counts failures as slower than everything', () => {
    expect(percentileMs(filled(ramp(96), 4), 95)).toBeCloseTo(95, 0);
    expect(percentileMs(filled(ramp(59)), 95)).toBeCloseTo(57, 0);
  });
});

describe('batch means', () => {
  it('is the t interval of ten batches', () => {
    const series = Array.from({ length: 60 }, (_, i) => 100 + (Math.floor(i / 6) % 2 === 0 ? 1 : -1));
    // Ten batch means of 99 and 101: s = sqrt(10/9), half = 2.262 s / sqrt(10).
    const half = studentT(0.975, 9) * Math.sqrt(10 / 9 / 10);
    const { low, high } = batchMeans(series)!;
    expect(low).toBeCloseTo(100 - half, 9);
    expect(high).toBeCloseTo(100 + half, 9);
  });

  it.each([
    [[], null],
    [[5], null],
  ])('says nothing of %j', (series, expected) => expect(batchMeans(series)).toBe(expected));

  it('treats a short series as batches of one and drops what does not fill a batch from the front', () => {
    const { low, high } = batchMeans([99, 101])!;
    expect((high - low) / 2).toBeCloseTo(studentT(0.975, 1), 6);
    const long = [1e6, ...Array.from({ length: 20 }, () => 7)];
    expect(batchMeans(long)).toEqual({ low: 7, mean: 7, high: 7 });
  });

  it('leaves more room on the side of its bursts, and as much on both sides where there are none', () => {
    const arms = (series: readonly number[]) => {
      const { low, mean, high } = batchMeans(series)!;
      return { below: mean - low, above: high - mean };
    };
    const bursts = Array.from({ length: 120 }, (_, i) => (i % 40 < 3 ? 150 : 100) + (i % 3));
    const { below, above } = arms(bursts);
    expect(above).toBeGreaterThan(1.5 * below);
    const stalls = arms(bursts.map((v) => 200 - v));
    expect(stalls.below).toBeCloseTo(above, 9);
    expect(stalls.above).toBeCloseTo(below, 9);
    const waves = arms(Array.from({ length: 120 }, (_, i) => 100 + Math.sin((2 * Math.PI * i) / 24)));
    expect(waves.above).toBeCloseTo(waves.below, 9);
  });

  // Sixty windows lose a little where neighbours are alike: 0.93 to 0.95 in the reference study.
  it.each([
    [0, 0.93],
    [0.2, 0.92],
    [0.5, 0.885],
  ])('covers the mean in about 95 in 100 runs with lag-1 correlation %d', (rho, least) => {
    const runs = 600;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      let y = 0;
      const series = Array.from({ length: 80 }, (_, i) => {
        const z = Math.sqrt(-2 * Math.log(uniform(run * 7 + 1, i))) * Math.cos(2 * Math.PI * uniform(run * 7 + 2, i));
        y = rho * y + Math.sqrt(1 - rho * rho) * z;
        return 100 + 10 * y;
      }).slice(20);
      const { low, high } = batchMeans(series)!;
      if (low <= 100 && high >= 100) covered++;
    }
    expect(covered / runs).toBeGreaterThan(least);
    expect(covered / runs).toBeLessThan(0.975);
  });
});

describe('paired ratio', () => {
  it('sees a difference that a common drift hides from each series alone', () => {
    const drift = Array.from({ length: 20 }, (_, i) => 100 * (1 + i / 10));
    const faster = drift.map((v, i) => v * (1.1 + (i % 2) / 1000));
    const { low, high } = pairedLogRatio(faster, drift)!;
    expect(low).toBeGreaterThan(0.09);
    expect(high).toBeLessThan(0.11);
    expect(batchMeans(faster)!.low).toBeLessThan(batchMeans(drift)!.high);
  });

  it.each([
    [[1, 2], [1]],
    [
      [1, 0],
      [1, 1],
    ],
    [
      [1, 1],
      [1, 0],
    ],
  ])('does not pair %j with %j', (a, b) => expect(pairedLogRatio(a, b)).toBeNull());
});

describe('MSER-5', () => {
  const flat = (n: number, v: number) => Array.from({ length: n }, (_, i) => v + (i % 2));

  it('cuts a warm-up and nothing of a steady run', () => {
    expect(mser5([...flat(10, 20), ...flat(50, 100)])).toEqual({ drop: 10, steady: true });
    expect(mser5(flat(60, 100))).toMatchObject({ steady: true });
    expect(mser5(flat(60, 100))!.drop).toBe(0);
  });

  it('is unsteady when it would cut half', () => {
    expect(mser5(Array.from({ length: 60 }, (_, i) => i))).toEqual({ drop: 30, steady: false });
  });

  it('needs four batches', () => {
    expect(mser5(flat(19, 1))).toBeNull();
    expect(mser5(flat(20, 1))).not.toBeNull();
  });
});

describe('median', () => {
  it.each([
    [[], null],
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 1, 3, 2], 2.5],
  ])('of %j', (values, expected) => expect(median(values)).toBe(expected));
});
