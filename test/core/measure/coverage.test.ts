/** Do intervals hold on real noise? `npm run bench:stats` asks with more resamples, and of simulated series. */
import { describe, expect, it } from 'vitest';
import { burstWindows, meanRate } from '../../../bench/burst-windows.ts';
import { recordedPairs, recordedWindows } from '../../../bench/recorded-windows.ts';
import { BLOCK, resample, resampleEquals } from '../../../bench/resample.ts';
import { winnerOf } from '../../../bench/winner-of.ts';
import { uniform } from '../../../lib/core/load/seeded-random.ts';
import { batchMeans, mean } from '../../../lib/core/measure/batch-means.ts';
import { burstsIn, FEW_BURSTS } from '../../../lib/core/measure/bursts.ts';

const RESAMPLES = 2000;

describe('95 % intervals of recorded windows', () => {
  const records = recordedWindows();

  it('are of records that are no constants', () => {
    expect(records.length).toBeGreaterThanOrEqual(10);
    expect(new Set(records.map((r) => r.recording)).size).toBeGreaterThanOrEqual(2);
    for (const { good } of records) {
      expect(good.length).toBeGreaterThanOrEqual(100);
      expect(new Set(good).size).toBeGreaterThan(10);
    }
  });

  /**
   * Where a record rests on a few bursts, one in five resamples of its own length holds none of them, and no interval can tell of
   * what its series does not hold. Three times as long, nearly all do. `bench:stats` shows what is covered in between.
   */
  const few = records.filter(({ good }) => burstsIn(good)! < FEW_BURSTS);
  const steady = records.filter((r) => !few.includes(r));
  const lengths = [
    ...steady.flatMap((r) => (r.recording === 'crowded' ? [60, 120] : [120]).map((n) => ({ ...r, n }))),
    ...few.map((r) => ({ ...r, n: FEW_BURSTS * r.good.length })),
  ];

  it('are of both kinds: steady ones, and one at least that rests on a few bursts', () => {
    expect(few.map((r) => r.recording)).toContain('burst');
    expect(few.length).toBeLessThan(records.length / 5);
  });

  it.each(lengths)(
    'cover the mean of the record in 93 to 97 % of resamples: $n of $what ($recording)',
    ({ good, n }) => {
      const truth = mean(good);
      let covered = 0;
      for (let seed = 0; seed < RESAMPLES; seed++) {
        const { low, high } = batchMeans(resample(good, n, seed))!;
        if (low <= truth && truth <= high) covered++;
      }
      expect(covered / RESAMPLES).toBeGreaterThanOrEqual(0.93);
      expect(covered / RESAMPLES).toBeLessThanOrEqual(0.97);
    },
  );
});

describe('95 % intervals of windows with bursts', () => {
  it.each([
    { n: 120, perSeries: 6, lasting: 2, by: 2 },
    { n: 120, perSeries: 6, lasting: 5, by: -0.5 },
    { n: 300, perSeries: 6, lasting: 5, by: -0.5 },
    { n: 300, perSeries: 12, lasting: 2, by: 0.25 },
  ])('cover the mean in 93 % at least: $perSeries in $n windows, for $lasting, by $by', ({ n, ...bursts }) => {
    const truth = meanRate(n, bursts);
    let drawn = 0;
    const chance = () => uniform(n, drawn++);
    const draw = () => Math.sqrt(-2 * Math.log(chance())) * Math.cos(2 * Math.PI * chance());
    let covered = 0;
    for (let run = 0; run < RESAMPLES; run++) {
      const { low, high } = batchMeans(burstWindows(draw, chance, n, bursts))!;
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / RESAMPLES).toBeGreaterThanOrEqual(0.93);
  });
});

describe('recorded pairs of windows of two equal servers', () => {
  const RESAMPLED = 300;
  const PAIRS = 40;
  const records = recordedPairs();

  it('are of records that are no constants', () => {
    expect(records.length).toBeGreaterThanOrEqual(3);
    for (const { good } of records) expect(new Set(good.map(([a, b]) => a / b)).size).toBeGreaterThan(5);
  });

  it.each(records)('get a winner in 5 % of resamples at most: $what ($recording)', ({ good }) => {
    let named = 0;
    for (let seed = 0; seed < RESAMPLED; seed++) if (winnerOf(resampleEquals(good, PAIRS, seed)) !== null) named++;
    // Three standard errors above a share of 5 %.
    expect(named / RESAMPLED).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / RESAMPLED));
  });
});

describe('resample', () => {
  it('draws every window as often as any other, neighbours together', () => {
    const record = Array.from({ length: 20 }, (_, i) => i);
    const count = record.map(() => 0);
    for (let seed = 0; seed < 2000; seed++) {
      const drawn = resample(record, 20, seed);
      for (const v of drawn) count[v]!++;
      for (let i = 1; i < BLOCK; i++) expect(drawn[i]).toBe((drawn[0]! + i) % 20);
    }
    // 2,000 of each, give or take five standard errors of the 400 blocks that hold it.
    for (const c of count) expect(Math.abs(c - 2000)).toBeLessThan(5 * Math.sqrt(2000 * BLOCK));
  });

  it('takes either of two equals for the first as often', () => {
    const pairs = Array.from({ length: 20 }, (_, i) => [2 + i, 1] as const);
    const above = Array.from({ length: 2000 }, (_, seed) => resampleEquals(pairs, 1, seed)[0]!).filter(
      (r) => r > 1,
    ).length;
    expect(Math.abs(above - 1000)).toBeLessThan(5 * Math.sqrt(500));
    const [first, ...rest] = resampleEquals(pairs, BLOCK, 7);
    for (const r of rest) expect(r > 1).toBe(first! > 1);
  });
});
