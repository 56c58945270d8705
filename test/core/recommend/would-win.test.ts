/** Claims of what would make a loser win are verified by making it so. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import type { Objective } from '../../../lib/core/recommend/goal.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { configurationOf, measurementOf, scalarOf } from '../../support/measurements.ts';

interface Row {
  name: string;
  usdPerHour: number | null;
  latencyMs: number;
  perMinute: number;
}

const rowOf = fc.record({
  usdPerHour: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 5, max: 500 }).map((c) => c / 100) },
    fc.constant(null),
  ),
  latencyMs: fc.integer({ min: 1, max: 200 }),
  perMinute: fc.integer({ min: 10, max: 5000 }),
});
const rowsOf = fc
  .array(rowOf, { minLength: 2, maxLength: 8 })
  .map((rows) => rows.map((r, i): Row => ({ ...r, name: `c${i}` })));

const configuration = (name: string) => configurationOf(name, { target: 'sagemaker', instanceType: `ml.${name}` });
const measurementsOf = (rows: readonly Row[]): Measurement[] =>
  rows.map((r) =>
    scalarOf(configuration(r.name), { latencyMs: r.latencyMs, requestsPerMinute: r.perMinute }, r.usdPerHour),
  );

function choose(rows: readonly Row[], o: { sloMs: number; demand: number | null; objective: Objective }) {
  const demand = o.demand === null ? null : { requestsPerMinute: o.demand, low: o.demand / 2, peak: o.demand * 1.5 };
  const slo = { percentile: 95, latencyMs: o.sloMs, maxErrorRate: 0.001 };
  return recommend({ experiment: 'p', slo, demand, objective: o.objective, measurements: measurementsOf(rows) });
}

const objectives = fc.constantFrom<Objective>('minimize-cost', 'maximize-throughput', 'minimize-latency', 'balanced');
const demands = fc.option(fc.integer({ min: 100, max: 50_000 }));

describe('wouldWinAt', () => {
  it('holds when it is applied', () => {
    let claims = 0;
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 5, max: 200 }), demands, objectives, (rows, sloMs, demand, objective) => {
        for (const loser of choose(rows, { sloMs, demand, objective }).rejected) {
          if (loser.wouldWinAt === null) continue;
          claims++;
          const { usdPerHour, requestsPerMinute } = loser.wouldWinAt;
          const changed = rows.map((r) =>
            r.name === loser.configuration && usdPerHour !== undefined ? { ...r, usdPerHour } : r,
          );
          const after = choose(changed, {
            sloMs: loser.wouldWinAt.sloMs ?? sloMs,
            demand: requestsPerMinute ?? demand,
            objective,
          });
          expect(after.choice?.configuration, JSON.stringify(loser)).toBe(loser.configuration);
        }
      }),
      { numRuns: 400 },
    );
    expect(claims).toBeGreaterThan(200);
  });

  it('is a single change, or a limit together with a price', () => {
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 5, max: 200 }), demands, (rows, sloMs, demand) => {
        for (const { wouldWinAt } of choose(rows, { sloMs, demand, objective: 'minimize-cost' }).rejected) {
          const keys = Object.keys(wouldWinAt ?? {}).sort();
          expect([[], ['requestsPerMinute'], ['sloMs'], ['sloMs', 'usdPerHour'], ['usdPerHour']]).toContainEqual(keys);
        }
      }),
    );
  });

  const found = (rows: Row[], o: { sloMs: number; demand: number | null }, name: string) =>
    choose(rows, { ...o, objective: 'minimize-cost' }).rejected.find((r) => r.configuration === name)?.wouldWinAt;

  it('finds the demand at which a larger instance is just full', () => {
    // 100 per minute for 1 USD, 1,000 for 9.9: ten small ones cost 10, so from 901 on the large one wins.
    const rows = [
      { name: 'small', usdPerHour: 1, latencyMs: 10, perMinute: 100 },
      { name: 'large', usdPerHour: 9.9, latencyMs: 10, perMinute: 1000 },
    ];
    expect(found(rows, { sloMs: 50, demand: 900 }, 'large')).toEqual({ requestsPerMinute: 901 });
    // One request more and a second large one has to start, which leaves the small ones cheaper.
    expect(found(rows, { sloMs: 50, demand: 1000 }, 'small')).toEqual({ requestsPerMinute: 1001 });
    expect(found(rows, { sloMs: 50, demand: 950 }, 'small')).toEqual({ usdPerHour: 0.9899 });
    expect(found(rows, { sloMs: 50, demand: 1099 }, 'large')).toEqual({ requestsPerMinute: 1000 });
  });

  it('takes the last whole millisecond under the rival’s latency', () => {
    const rows = [
      { name: 'cheap', usdPerHour: 1, latencyMs: 40, perMinute: 1000 },
      { name: 'quick', usdPerHour: 9, latencyMs: 10, perMinute: 1000 },
      { name: 'tight', usdPerHour: 99, latencyMs: 9.5, perMinute: 1000 },
    ];
    expect(found(rows, { sloMs: 41, demand: null }, 'quick')).toEqual({ sloMs: 39 });
    expect(found(rows, { sloMs: 41, demand: null }, 'tight')).toEqual({ sloMs: 9.5 });
  });

  it('needs a pair where the limit alone does not help', () => {
    const rows = [
      { name: 'best', usdPerHour: 1, latencyMs: 10, perMinute: 1000 },
      { name: 'bad', usdPerHour: 2, latencyMs: 80, perMinute: 1000 },
    ];
    expect(found(rows, { sloMs: 50, demand: 1000 }, 'bad')).toEqual({ sloMs: 80, usdPerHour: 0.9999 });
  });

  it('is null where nothing that money can change stands in the way', () => {
    const free = [
      { name: 'free', usdPerHour: 0.0001, latencyMs: 10, perMinute: 1_000_000 },
      { name: 'dear', usdPerHour: 5, latencyMs: 20, perMinute: 1 },
    ];
    expect(found(free, { sloMs: 50, demand: 1000 }, 'dear')).toBeNull();
  });

  it('takes time that grows little faster than the rows', () => {
    const many = (n: number) =>
      Array.from({ length: n }, (_, i) => ({
        name: `c${i}`,
        usdPerHour: 1 + (i % 97),
        latencyMs: 1 + (i % 1009),
        perMinute: 100 + ((i * 37) % 4999),
      }));
    const [few, more] = [many(500), many(2000)];
    const cpuMs = (rows: Row[]) => {
      const started = process.cpuUsage();
      choose(rows, { sloMs: 500, demand: 30_000, objective: 'minimize-cost' });
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1000;
    };
    cpuMs(few); // compiles what the others run
    const least = (rows: Row[]) => Math.min(cpuMs(rows), cpuMs(rows));
    const growth = least(more) / least(few);
    console.log(`4 times the rows: ${growth.toFixed(1)} times the CPU time`);
    expect(growth).toBeLessThan(9); // the square gives 16
  });
});

describe('infeasible everywhere', () => {
  it('leaves the row its own limit', () => {
    const m = measurementOf(configuration('a'), [{ ratePerSecond: 5, latencyMs: 70 }], {
      price: { usdPerHour: 1, source: 's', region: 'r', date: '2026-11-20' },
    });
    const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
    const decision = recommend({ experiment: 'p', slo, demand: null, objective: 'minimize-cost', measurements: [m] });
    expect(decision.verdict).toBe('infeasible');
    expect(decision.rejected[0]?.wouldWinAt?.sloMs).toBeCloseTo(70, 0);
  });
});
