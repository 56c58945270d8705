import { describe, expect, it } from 'vitest';
import { beliefs, type Settings } from '../../../lib/core/search/correction.ts';

const at = (line: string, batch: number, delay = 0, timed = batch): Settings => ({
  line,
  lineSpread: 0.03,
  lnBatch: Math.log(batch),
  lnBeyond: Math.log(timed / batch),
  delay,
});
const settings = [at('x1', 1), at('x1', 8), at('x1', 16), at('x4', 1)];

describe('beliefs', () => {
  it('knows nothing at first', () => {
    for (const { mean, deviation } of beliefs(settings, [])) {
      expect(mean).toBe(0);
      expect(deviation).toBeGreaterThan(0.1);
    }
  });

  it('tells the neighbours of what was seen, the nearer the more', () => {
    const [far, seen, near, other] = beliefs(settings, [{ of: 1, value: 0.1, variance: 1e-4, off: 0 }]);
    expect(seen!.mean).toBeGreaterThan(0.095);
    expect(seen!.deviation).toBeLessThan(0.011);
    expect(near!.mean).toBeLessThan(seen!.mean);
    expect(near!.mean).toBeGreaterThan(far!.mean);
    expect(far!.mean).toBeGreaterThan(other!.mean);
    expect(other!.mean).toBeGreaterThan(0);
    expect(near!.deviation).toBeLessThan(far!.deviation);
  });

  it('is not convinced by repeating what was read far from the limit', () => {
    const often = (off: number) => Array.from({ length: 50 }, () => ({ of: 1, value: 0.1, variance: 1e-4, off }));
    expect(beliefs(settings, often(0))[1]!.deviation).toBeLessThan(0.003);
    expect(beliefs(settings, often(-0.7))[1]!.deviation).toBeGreaterThan(0.03);
  });

  it('doubts a reading by the way to the limit, and hears two sides of it apart', () => {
    const doubt = (...offs: number[]) =>
      beliefs(
        settings,
        offs.map((off) => ({ of: 1, value: 0.1, variance: 1e-6, off })),
      )[1]!.deviation;
    expect(doubt(-0.1)).toBeGreaterThan(0.012);
    expect(doubt(-0.4)).toBeCloseTo(2 * doubt(-0.1), 2);
    expect(doubt(-0.4, -0.1)).toBeCloseTo(doubt(-0.1), 3);
    expect(doubt(-0.1, 0.1)).toBeLessThan(0.75 * doubt(-0.1));
  });

  it('doubts a batch the more, the further it is from what its line was timed at', () => {
    const doubt = (timed: number) => beliefs([at('x1', 2, 0, timed)], [])[0]!.deviation;
    expect(doubt(4)).toBeGreaterThan(doubt(2));
    expect(doubt(32)).toBeGreaterThan(1.2 * doubt(2));
    // What holds of one small batch holds of the next of its line, and tells nothing of another line.
    const told = [{ of: 0, value: -0.3, variance: 1e-4, off: 0 }];
    const [, same, other] = beliefs([at('x1', 2, 0, 32), at('x1', 1, 0, 32), at('x2', 1, 0, 32)], told);
    const [, timed] = beliefs([at('x1', 2, 0, 32), at('x1', 1, 0, 1)], told);
    expect(same!.mean).toBeLessThan(timed!.mean);
    expect(other!.mean).toBeGreaterThan(timed!.mean);
  });

  it('agrees with the closed form of one observation', () => {
    const [belief] = beliefs([at('x1', 1)], [{ of: 0, value: 0.2, variance: 0.01, off: 0 }]);
    const prior = beliefs([at('x1', 1)], [])[0]!.deviation ** 2;
    expect(belief!.mean).toBeCloseTo((0.2 * prior) / (prior + 0.01), 12);
    expect(belief!.deviation ** 2).toBeCloseTo((prior * 0.01) / (prior + 0.01), 12);
  });
});
