/** Random rows of several loads each, for properties of the decision. */
import fc from 'fast-check';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { candidatesOf } from '../../lib/core/recommend/candidate.ts';
import type { Goal, Objective, Slo } from '../../lib/core/recommend/goal.ts';
import { configurationOf, measurementOf, scalarOf } from './measurements.ts';

export const sloAt = (latencyMs: number): Slo => ({ percentile: 95, latencyMs, maxErrorRate: 0.001 });

const load = fc.record({
  latencyMs: fc.integer({ min: 1, max: 60 }),
  /** Of a measured load, the upper 95 % limit lies so much above its percentile. */
  tailMs: fc.integer({ min: 0, max: 12 }),
  perMinute: fc.integer({ min: 10, max: 2000 }),
});
const row = fc.record({
  usdPerHour: fc.integer({ min: 5, max: 200 }).map((cents) => cents / 100),
  type: fc.integer({ min: 0, max: 3 }),
  loads: fc.array(load, { minLength: 1, maxLength: 3 }),
});

/** A row with one load is a single figure, as sources print it; rows on one instance type have one price. */
export const randomMeasurements: fc.Arbitrary<Measurement[]> = fc
  .array(row, { minLength: 1, maxLength: 8 })
  .map((rows) =>
    rows.map(({ type, loads }, i) => {
      const { usdPerHour } = rows.find((r) => r.type === type)!;
      const place = configurationOf(`c${i}`, { target: 'sagemaker', instanceType: `ml.c${type}` });
      const [only] = loads;
      if (loads.length === 1)
        return scalarOf(place, { latencyMs: only!.latencyMs, requestsPerMinute: only!.perMinute }, usdPerHour);
      const stairs = loads.map(({ latencyMs, tailMs, perMinute }, u) => ({
        users: u + 1,
        ratePerSecond: perMinute / 60,
        latencyMs,
        upperMs: latencyMs + tailMs,
      }));
      const price = { usdPerHour, source: 'test', region: 'us-east-1', date: '2026-11-20' };
      return measurementOf(place, stairs, { price });
    }),
  );

/** Of rows with three loads the last is a reserve, as what was screened beside a confirmed load. */
export const randomField = randomMeasurements.map((measurements) =>
  candidatesOf(measurements, sloAt(30), false).map((c) =>
    c.points.length < 3 ? c : { ...c, points: c.points.slice(0, 2), reserve: c.points.slice(2) },
  ),
);

export const objectives = fc.constantFrom<Objective>(
  'minimize-cost',
  'maximize-throughput',
  'minimize-latency',
  'balanced',
);

export const randomGoal: fc.Arbitrary<Goal> = fc.record({
  objective: objectives,
  sloMs: fc.integer({ min: 1, max: 70 }),
  demandPerMinute: fc.option(fc.integer({ min: 50, max: 20_000 })),
  whatIf: fc.boolean(),
});
