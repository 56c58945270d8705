import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, mergeHistograms } from '../../../lib/core/load/histogram.ts';

/** Half a slot: the most that a value can lie beside the middle that stands for it. */
const HALF_SLOT = 1 / 256;
const duration = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const of = (values: readonly number[]) => {
  const h = new Histogram();
  for (const v of values) h.record(v);
  return h;
};
/** Nearest rank on the samples themselves. */
const exact = (values: readonly number[], p: number) =>
  [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil((p / 100) * values.length - 1e-9)) - 1]!;

describe('Histogram', () => {
  it('gives every percentile within half a slot of the sorted samples', () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(1, 50, 90, 95, 99, 99.9, 100),
        (values, p) => {
          const truth = exact(values, p);
          const read = of(values).percentile(p)!;
          expect(Math.abs(read - truth) / truth).toBeLessThanOrEqual(HALF_SLOT + 1e-12);
        },
      ),
    );
  });

  it('bounds every rank by the edges of its slot, so that no limit is better than the samples', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 100 }), fc.nat(), (values, draw) => {
        const k = 1 + (draw % values.length);
        const truth = [...values].sort((a, b) => a - b)[k - 1]!;
        const h = of(values);
        expect(h.floorAtRank(k)!).toBeLessThanOrEqual(truth);
        expect(h.ceilingAtRank(k)!).toBeGreaterThanOrEqual(truth);
        expect(h.ceilingAtRank(k)! / h.floorAtRank(k)!).toBeLessThanOrEqual(1 + 2 * HALF_SLOT + 1e-12);
      }),
    );
    expect(of([1, Number.POSITIVE_INFINITY]).ceilingAtRank(2)).toBeNull();
    expect(of([1, Number.POSITIVE_INFINITY]).floorAtRank(2)).toBeNull();
  });

  it('keeps latencies of seconds and minutes apart', () => {
    const h = of([4_295, 5_000, 61_000, 600_000]);
    expect([25, 50, 75, 100].map((p) => Math.round(h.percentile(p)! / 100) / 10)).toEqual([4.3, 5, 61.1, 600]);
  });

  it('counts failures above every finite sample', () => {
    const h = of([1, 2, 3, Number.POSITIVE_INFINITY]);
    expect(h.count).toBe(4);
    expect(h.overflow).toBe(1);
    expect(h.percentile(75)).toBeCloseTo(3, 1);
    expect(h.percentile(76)).toBeNull();
    expect(h.atRank(4)).toBeNull();
    expect(h.maxMs).toBeNull();
    expect(of([1, Number.NaN]).overflow).toBe(1);
  });

  it('merges by adding: the same as recording everything into one', () => {
    const sample = fc.array(fc.oneof(duration, fc.constant(Number.POSITIVE_INFINITY)), { maxLength: 100 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const merged = mergeHistograms([of(a).encode(), of(b).encode()]);
        const whole = of([...a, ...b]);
        const { sumMs, ...rest } = merged.encode();
        const { sumMs: total, ...others } = whole.encode();
        expect(rest).toEqual(others);
        expect(sumMs).toBeCloseTo(total, 3);
        expect(merged.count).toBe(a.length + b.length);
      }),
    );
  });

  it('survives saving, sparse and ascending', () => {
    fc.assert(
      fc.property(fc.array(duration, { maxLength: 50 }), (values) => {
        const saved = JSON.parse(JSON.stringify(of(values).encode()));
        expect(Histogram.decode(saved).encode()).toEqual(saved);
        const slots = saved.pairs.filter((_: number, i: number) => i % 2 === 0);
        expect(slots).toEqual([...slots].sort((a: number, b: number) => a - b));
      }),
    );
  });

  it('knows mean, extremes and emptiness', () => {
    expect(of([1, 2, 6]).meanMs).toBe(3);
    expect(of([1, 2, 6]).maxMs).toBe(6);
    expect(of([]).meanMs).toBeNull();
    expect(of([]).maxMs).toBeNull();
    expect(of([]).percentile(50)).toBeNull();
    expect(of([]).encode()).toMatchObject({ pairs: [], minMs: null, maxMs: null, overflow: 0 });
  });

  it('takes nothing outside its range for something else', () => {
    expect(of([0]).percentile(100)).toBe(0);
    expect(of([-5]).percentile(100)).toBe(0);
    expect(of([1e-9]).percentile(50)).toBeLessThan(0.001);
    expect(of([1e10, 1]).percentile(100)).toBeLessThanOrEqual(1e10);
    expect(of([1e10, 1]).count).toBe(2);
  });

  it.each([0, 4, 1.5e9, Number.NaN])('has no rank %s of three', (rank) => {
    expect(() => of([1, 2, 3]).atRank(rank)).toThrow(RangeError);
  });

  it.each([
    ['an odd number of numbers', [5]],
    ['a slot twice', [5, 1, 5, 1]],
    ['slots out of order', [7, 1, 5, 1]],
    ['a slot beyond the last', [1_000_000, 1]],
  ])('refuses to decode %s', (_what, pairs) => {
    expect(() => Histogram.decode({ ...of([1]).encode(), pairs })).toThrow(/pair/);
  });
});
