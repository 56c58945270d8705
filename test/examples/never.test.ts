/** `never` is a claim like any other: no single change and no pair of changes may make the row the choice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Objective } from '../../lib/core/recommend/goal.ts';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import { configurationOf, scalarOf } from '../support/measurements.ts';
import { type Case, claimFails, counterExample } from '../support/what-if.ts';

const row = fc.record({
  usdPerHour: fc.integer({ min: 5, max: 500 }).map((c) => c / 100),
  latencyMs: fc.integer({ min: 1, max: 60 }),
  perMinute: fc.integer({ min: 10, max: 5000 }),
});
const cases = fc.record({
  rows: fc.array(row, { minLength: 2, maxLength: 6 }),
  sloMs: fc.integer({ min: 5, max: 70 }),
  demand: fc.option(fc.integer({ min: 100, max: 50_000 })),
  objective: fc.constantFrom<Objective>('minimize-cost', 'maximize-throughput', 'minimize-latency', 'balanced'),
});

describe('why not, over random tables', () => {
  it('names what makes a row win, or nothing can', () => {
    let named = 0;
    let never = 0;
    fc.assert(
      fc.property(cases, ({ rows, sloMs, demand, objective }) => {
        const measurements: Measurement[] = rows.map((r, i) => {
          const place = configurationOf(`c${i}`, { target: 'sagemaker', instanceType: `ml.c${i}` });
          return scalarOf(place, { latencyMs: r.latencyMs, requestsPerMinute: r.perMinute }, r.usdPerHour);
        });
        const stated: Case = { measurements, sloMs, demand, objective };
        const decision = recommend({
          experiment: 'p',
          slo: { percentile: 95, latencyMs: sloMs, maxErrorRate: 0.001 },
          demand: demand === null ? null : { requestsPerMinute: demand, low: demand / 2, peak: demand * 1.5 },
          objective,
          measurements,
        });
        for (const loser of decision.rejected) {
          if (loser.wouldWinAt === null) never++;
          else named++;
          expect(claimFails(stated, loser), JSON.stringify(loser)).toBeNull();
          if (loser.wouldWinAt === null) expect(counterExample(stated, loser), JSON.stringify(loser)).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(named, never)).toBeGreaterThan(20);
  });
});
