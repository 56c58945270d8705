import { describe, expect, it } from 'vitest';
import { littlesCheck, littlesRatePerSecond } from '../../../lib/core/measure/littles-law.ts';

describe('Little’s law', () => {
  it('gives the rate of callers that wait', () => {
    expect(littlesRatePerSecond(8, 44.18)).toBeCloseTo(181.08, 2);
    expect(littlesRatePerSecond(1, 1000)).toBe(1);
  });

  it('tells figures that agree from figures that cannot both be true', () => {
    expect(littlesCheck({ concurrency: 8, latencyMs: 44.18, ratePerSecond: 1087.65 / 6 }).agrees).toBe(true);
    const impossible = littlesCheck({ concurrency: 8, latencyMs: 44.18, ratePerSecond: 1087.65 });
    expect(impossible.agrees).toBe(false);
    expect(impossible.ratio).toBeCloseTo(6, 1);
  });
});
