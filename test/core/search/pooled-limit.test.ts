import { describe, expect, it } from 'vitest';
import { confirmNow } from '../../../lib/core/search/confirm-now.ts';
import { isHopeless, pooledLimit } from '../../../lib/core/search/pooled-limit.ts';
import { isNarrow, safeguarded } from '../../../lib/core/search/safeguard.ts';

const seen = (latencyMs: number | null, latencyUpperMs: number | null = null) => ({ latencyMs, latencyUpperMs });

describe('pooledLimit', () => {
  it('is the trial itself where there is one', () => {
    const one = pooledLimit([seen(100, 110)])!;
    expect(one.latencyMs).toBeCloseTo(100, 9);
    expect(one.upperMs).toBeCloseTo(110, 9);
    expect(one.lowerMs).toBeCloseTo(100 / 1.1, 9);
  });

  it('narrows with the root of the number, and is wider for whoever looks again and again', () => {
    const four = pooledLimit([1, 2, 3, 4].map(() => seen(100, 110)))!;
    expect(Math.log(four.upperMs / 100)).toBeCloseTo(Math.log(1.1) / 2, 9);
    expect(four.sequentialUpperMs).toBeGreaterThan(four.upperMs);
    const wider = (trials: number) => {
      const { sequentialUpperMs, upperMs } = pooledLimit(Array.from({ length: trials }, () => seen(100, 110)))!;
      return Math.log(sequentialUpperMs / 100) / Math.log(upperMs / 100);
    };
    expect(wider(3)).toBeGreaterThan(1.5 * wider(20));
    expect(wider(40)).toBeCloseTo(wider(20), 9);
  });

  it('believes the differences between trials where they are larger than what each claims', () => {
    const apart = pooledLimit([80, 120, 80, 120].map((ms) => seen(ms, ms * 1.01)))!;
    expect(apart.upperMs / apart.latencyMs).toBeGreaterThan(1.15);
  });

  it('says nothing without a latency', () => {
    expect(pooledLimit([])).toBeNull();
    expect(pooledLimit([seen(100, 110), seen(null)])).toBeNull();
  });
});

describe('isHopeless', () => {
  const seenTimes = (trials: number, latencyMs: number) =>
    pooledLimit(Array.from({ length: trials }, () => seen(latencyMs, latencyMs * 1.18)))!;

  it('goes on where the latency may be what it must be, and not where it would take luck', () => {
    // A trial is off by a tenth: of twenty the mean is off by 2.3 %, so that 5 % below the limit just pass.
    for (const latencyMs of [93, 95, 97]) expect(isHopeless(seenTimes(5, latencyMs), 100, 20)).toBe(false);
    for (const latencyMs of [101, 105]) expect(isHopeless(seenTimes(5, latencyMs), 100, 20)).toBe(true);
  });

  it('is the surer the fewer trials are left', () => {
    expect(isHopeless(seenTimes(18, 93), 100, 20)).toBe(false);
    expect(isHopeless(seenTimes(18, 97), 100, 20)).toBe(true);
    expect(isHopeless(seenTimes(18, 97), 100, 60)).toBe(false);
    expect(isHopeless(seenTimes(20, 90), 100, 20)).toBe(true);
  });
});

describe('confirmNow', () => {
  const o = { devices: 10, confirmSeconds: 600, deploySeconds: 400 };
  it('waits while other devices are to come, and not at the last', () => {
    expect(confirmNow({ ...o, met: 1 })).toBe(false);
    expect(confirmNow({ ...o, met: 5 })).toBe(false);
    expect(confirmNow({ ...o, met: 6 })).toBe(true);
    expect(confirmNow({ ...o, met: 10 })).toBe(true);
  });

  it('waits longer where a deployment costs little', () => {
    expect(confirmNow({ ...o, met: 9, deploySeconds: 30 })).toBe(false);
    expect(confirmNow({ ...o, met: 3, deploySeconds: 3000 })).toBe(true);
  });
});

describe('safeguarded', () => {
  it('takes the step of the model inside the bracket', () => {
    expect(safeguarded({ low: 90, high: 110 }, 100)).toBe(100);
    expect(safeguarded({ low: 0, high: Number.POSITIVE_INFINITY }, 100)).toBe(100);
  });

  it('halves the bracket where the model is stuck at an end', () => {
    expect(safeguarded({ low: 90, high: 110 }, 90)).toBeCloseTo(Math.sqrt(90 * 110), 9);
    expect(safeguarded({ low: 90, high: 110 }, 130)).toBeCloseTo(Math.sqrt(90 * 110), 9);
    expect(safeguarded({ low: 100, high: Number.POSITIVE_INFINITY }, 80)).toBeGreaterThan(100);
    expect(safeguarded({ low: 0, high: 100 }, 120)).toBeLessThan(100);
  });

  it('stays inside a narrow one', () => {
    expect(isNarrow({ low: 100, high: 101 })).toBe(true);
    expect(isNarrow({ low: 100, high: 103 })).toBe(false);
    expect(safeguarded({ low: 100, high: 101 }, 50)).toBe(100);
    expect(safeguarded({ low: 100, high: 101 }, 150)).toBe(101);
  });
});
