/** The map at any of its points is the decision there; of source 002 it has the break-even limits of the table. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import { publishedMeasurements } from '../../../lib/core/measure/published-measurements.ts';
import { breakEvens } from '../../../lib/core/recommend/break-even.ts';
import { decisionMap, winnerIn } from '../../../lib/core/recommend/decision-map.ts';
import type { Goal } from '../../../lib/core/recommend/goal.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { recommendPublished } from '../../../lib/core/recommend/recommend-published.ts';
import { fieldFor, goalOf } from '../../../lib/core/report/candidates-for.ts';
import { publishedSchema } from '../../../lib/core/spec/published-schema.ts';
import { objectives, randomGoal, randomMeasurements, sloAt } from '../../support/random-field.ts';

function decide(measurements: readonly Measurement[], { objective, sloMs, demandPerMinute: d }: Goal) {
  const demand = d === null ? null : { requestsPerMinute: d, low: d / 2, peak: d * 1.5 };
  return recommend({ experiment: 'p', slo: sloAt(sloMs), demand, objective, measurements });
}

const read = (example: string) =>
  publishedSchema.parse(JSON.parse(readFileSync(`examples/${example}/published.json`, 'utf8')));
const document = read('triton-instance-sweep');
const measurements = publishedMeasurements(document);
const found = recommendPublished(document);
const field = fieldFor(found, measurements);
const goal = goalOf(found);

describe('the map of source 002', () => {
  const map = decisionMap(field, goal);
  const name = (sloMs: number, demand = 30_000) => winnerIn(map, sloMs, demand)?.configuration.id ?? null;

  it('has nothing below 278 ms, then each of three until the next', () => {
    const bands: [number, number, string | null][] = [
      [1, 277, null],
      [278, 498, 'trt-db@sagemaker/ml.g4dn.12xlarge'],
      [499, 782, 'trt-db@sagemaker/ml.g4dn.2xlarge'],
      [783, 2000, 'trt-db-ig@sagemaker/ml.g4dn.xlarge'],
    ];
    for (const [from, to, winner] of bands) {
      for (let sloMs = from; sloMs <= to; sloMs++) expect(name(sloMs), `${sloMs} ms`).toBe(winner);
    }
    expect(name(277.999)).toBeNull();
    expect(name(782.999)).toBe('trt-db@sagemaker/ml.g4dn.2xlarge');
  });

  it('names what each band costs, and who costs the same there', () => {
    const text = breakEvens(field, goal).map(({ fromMs, choice: c, even }) => [
      fromMs,
      c.configuration,
      c.instanceType,
      c.instances,
      c.usdPerHour,
      even.map((e) => `${e.choice.configuration} from ${e.fromMs}`),
    ]);
    expect(text).toEqual([
      [278, 'trt-db', 'ml.g4dn.12xlarge', 6, 29.34, ['trt-ig from 328', 'trt-db-ig from 439']],
      [499, 'trt-db', 'ml.g4dn.2xlarge', 23, 21.62, []],
      [783, 'trt-db-ig', 'ml.g4dn.xlarge', 10, 7.364, []],
    ]);
  });

  it('is the decision at every point', () => {
    const limits = fc.double({ min: 200, max: 1600, noNaN: true });
    const demands = fc.double({ min: map.demand!.low * 1.001, max: map.demand!.high, noNaN: true });
    fc.assert(
      fc.property(limits, demands, (sloMs, demandPerMinute) => {
        const { deploy } = decide(measurements, { ...goal, sloMs, demandPerMinute });
        expect(name(sloMs, demandPerMinute)).toBe(deploy?.id ?? null);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any map', () => {
  it('is the decision at every point, its break-even lines included', () => {
    let lines = 0;
    fc.assert(
      fc.property(
        randomMeasurements,
        randomGoal,
        fc.integer({ min: 4, max: 280 }),
        fc.double({ min: 0.13, max: 7.9, noNaN: true }),
        (rows, stated, quarters, factor) => {
          const base = decide(rows, stated);
          const map = decisionMap(fieldFor(base, rows), stated);
          const points: [number, number][] = [[quarters / 4, (stated.demandPerMinute ?? 1) * factor]];
          const strip = map.strips[quarters % Math.max(1, map.strips.length)];
          for (const run of map.demand === null ? [] : (strip?.runs ?? []).slice(0, 3)) {
            lines++;
            points.push([strip!.fromMs, run.toPerMinute], [strip!.fromMs, Math.floor(run.fromPerMinute) + 1]);
          }
          for (const [sloMs, demand] of points) {
            if (map.demand !== null && (demand <= map.demand.low || demand > map.demand.high)) continue;
            const asked = { ...stated, sloMs, demandPerMinute: stated.demandPerMinute === null ? null : demand };
            const at = map.demand === null ? { ...asked, demandPerMinute: stated.demandPerMinute } : asked;
            const here = winnerIn(map, sloMs, demand)?.configuration.id ?? null;
            expect(here, `${sloMs} ms, ${demand}/min`).toBe(decide(rows, at).deploy?.id ?? null);
          }
        },
      ),
      { numRuns: 250 },
    );
    expect(lines).toBeGreaterThan(80);
  });

  it('has along its stated demand the break-even limits, each with the decision there', () => {
    fc.assert(
      fc.property(randomMeasurements, randomGoal, objectives, (rows, stated, objective) => {
        const asked = { ...stated, objective };
        for (const { fromMs, choice, even } of breakEvens(fieldFor(decide(rows, asked), rows), asked)) {
          const there = decide(rows, { ...asked, sloMs: fromMs });
          expect(there.choice).toEqual(choice);
          const alike = there.rejected.filter((r) => even.some((e) => e.choice.configuration === r.configuration));
          expect(alike.length + there.ties.length).toBeGreaterThanOrEqual(
            even.filter((e) => e.fromMs === fromMs).length,
          );
        }
      }),
    );
  });

  it('is a line where a fleet has too many steps to look at', () => {
    const goal2 = { ...goal, demandPerMinute: 3e9 };
    const map = decisionMap(field, goal2);
    expect(map.demand).toBeNull();
    expect(winnerIn(map, 500, 1)?.configuration.id).toBe(decide(measurements, goal2).deploy?.id);
  });
});
