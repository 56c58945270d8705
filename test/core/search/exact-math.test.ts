import { describe, expect, it } from 'vitest';
import { exp, ln } from '../../../lib/core/search/exact-math.ts';

describe('logarithm and exponential of the four operations', () => {
  const values = Array.from({ length: 400 }, (_, i) => 10 ** (i / 20 - 10));

  it('agree with the engine to the last bits', () => {
    for (const x of values) {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-15 * Math.max(1, Math.abs(Math.log(x))));
      const small = x < 300 ? x : 300;
      expect(Math.abs(exp(-small) / Math.exp(-small) - 1)).toBeLessThan(1e-13);
      expect(Math.abs(exp(small) / Math.exp(small) - 1)).toBeLessThan(1e-13);
    }
  });

  it('are exact where they must be', () => {
    expect(ln(1)).toBe(0);
    expect(exp(0)).toBe(1);
  });
});
