import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../lib/core/load/histogram.ts';
import { uniform } from '../../../lib/core/load/seeded-random.ts';
import { objectiveVerdict } from '../../../lib/core/measure/objective-verdict.ts';

const SLO = { percentile: 95, latencyMs: 100, maxErrorRate: 0.01 };

/** `over` of `n` answers take 150 ms and `failed` more do not come; the rest take 50 ms. */
function observed({ n, over = 0, failed = 0 }: { n: number; over?: number; failed?: number }) {
  const latency = new Histogram();
  for (let i = 0; i < n; i++) latency.record(i < failed ? Number.POSITIVE_INFINITY : i < failed + over ? 150 : 50);
  return { latency, requests: n, failed };
}

describe('objectiveVerdict', () => {
  it.each<[string, Parameters<typeof observed>[0], string]>([
    ['all in time, just enough of them', { n: 59 }, 'met'],
    ['all in time, one too few', { n: 58 }, 'unclear'],
    ['nothing at all', { n: 0 }, 'unclear'],
    // The 962nd of 1,000 is the upper limit: 38 may be late.
    ['as many late as the limit allows', { n: 1000, over: 38 }, 'met'],
    ['one more', { n: 1000, over: 39 }, 'unclear'],
    ['p95 a little inside', { n: 1000, over: 49 }, 'unclear'],
    ['p95 a little outside', { n: 1000, over: 55 }, 'unclear'],
    ['surely too many late', { n: 1000, over: 70 }, 'missed'],
    ['few errors', { n: 1000, failed: 10 }, 'met'],
    ['surely too many errors', { n: 1000, failed: 30 }, 'missed'],
    ['errors where the upper limit falls', { n: 100, failed: 2, over: 0 }, 'unclear'],
  ])('%s', (_what, c, verdict) => {
    expect(objectiveVerdict(observed(c), SLO).verdict).toBe(verdict);
  });

  it('gives the limits, and Infinity among failures', () => {
    expect(objectiveVerdict(observed({ n: 1000, over: 50 }), SLO)).toMatchObject({
      lowerMs: expect.closeTo(50, 0) as number,
      upperMs: expect.closeTo(150, -1) as number,
    });
    expect(objectiveVerdict(observed({ n: 100, failed: 3 }), SLO).upperMs).toBe(Number.POSITIVE_INFINITY);
    expect(objectiveVerdict(observed({ n: 5 }), SLO).upperMs).toBeNull();
  });

  it('never turns from met to missed when the objective is relaxed', () => {
    const order = { missed: 0, unclear: 1, met: 2 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 200, noNaN: true }), { maxLength: 300 }), (values) => {
        const latency = new Histogram();
        for (const v of values) latency.record(v);
        const at = (latencyMs: number) =>
          order[objectiveVerdict({ latency, requests: values.length, failed: 0 }, { ...SLO, latencyMs }).verdict];
        for (let ms = 10; ms < 200; ms += 10) expect(at(ms + 10)).toBeGreaterThanOrEqual(at(ms));
      }),
      { numRuns: 50 },
    );
  });

  it('calls a percentile at the limit met, or missed, in at most 5 % of samples', () => {
    const runs = 1000;
    const count = { met: 0, missed: 0, unclear: 0 };
    for (let run = 0; run < runs; run++) {
      const latency = new Histogram();
      for (let i = 0; i < 200; i++) latency.record(uniform(run + 1, i) < 0.95 ? 50 : 150);
      count[objectiveVerdict({ latency, requests: 200, failed: 0 }, SLO).verdict]++;
    }
    // Three standard errors over the promise.
    expect(count.met / runs).toBeLessThanOrEqual(0.071);
    expect(count.missed / runs).toBeLessThanOrEqual(0.071);
    expect(Math.min(count.met, count.missed)).toBeGreaterThan(0);
  });
});
