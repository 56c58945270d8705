/** What the report says of how far a decision may be trusted. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { recommendPublished } from '../../../lib/core/recommend/recommend-published.ts';
import type { Flip } from '../../../lib/core/recommend/recommendation.ts';
import { managedPremiums } from '../../../lib/core/report/managed-premium.ts';
import { reportMarkdown } from '../../../lib/core/report/markdown.ts';
import { repeatSpreads } from '../../../lib/core/report/repeat-spread.ts';
import { reportRows } from '../../../lib/core/report/row.ts';
import { flipLine, flipTexts } from '../../../lib/core/report/sensitivity-text.ts';
import { publishedSchema } from '../../../lib/core/spec/published-schema.ts';
import { configurationOf, measurementOf, scalarOf } from '../../support/measurements.ts';
import { recommendation002 } from '../../support/recommendation.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };

function reported(measurements: readonly Measurement[]) {
  const recommendation = recommend({
    experiment: 'e',
    slo,
    demand: null,
    objective: 'maximize-throughput',
    measurements,
  });
  return { recommendation, rows: reportRows(recommendation, measurements) };
}

describe('what flips the decision', () => {
  const { sensitivity } = recommendation002();

  it('is said with the value it holds to and the one that flips it', () => {
    expect(sensitivity.map(flipLine)).toEqual([
      'limit 498 ms instead of 500 ms (−0.4 %): trt-db on ml.g4dn.12xlarge',
      'price of ml.g4dn.12xlarge 3.6033 USD/h instead of 4.89 USD/h (−26.3 %): trt-db on ml.g4dn.12xlarge',
      'price of ml.g4dn.2xlarge 1.2757 USD/h instead of 0.94 USD/h (+35.7 %): trt-db on ml.g4dn.12xlarge',
      'limit 783 ms instead of 500 ms (+56.6 %): trt-db-ig on ml.g4dn.xlarge',
    ]);
    expect(flipTexts({ sensitivity })[0]).toEqual({
      what: 'limit',
      holds: '499 ms',
      flips: '498 ms',
      change: '−0.4 %',
      winner: 'trt-db on ml.g4dn.12xlarge',
    });
  });

  it('says a demand in requests, and that nothing may be left', () => {
    const flip: Flip = {
      what: 'requestsPerMinute',
      instanceType: null,
      stated: 30_000,
      holdsTo: 32_040,
      flipsAt: 32_041,
      percent: 6.8,
      winner: null,
    };
    expect(flipLine(flip)).toBe('demand 32,041 /min instead of 30,000 /min (+6.8 %): nothing meets the limit');
  });

  it.each(['triton-instance-sweep', 'neuroncore-pipeline'])('is what the README of %s says of prices', (example) => {
    const read = (file: string) => readFileSync(`examples/${example}/${file}`, 'utf8');
    const { sensitivity } = recommendPublished(publishedSchema.parse(JSON.parse(read('published.json'))));
    const prices = flipTexts({ sensitivity }).filter((f) => f.what.startsWith('price'));
    expect(prices.length).toBeGreaterThan(1);
    for (const { flips, change } of prices) {
      expect(read('README.md')).toContain(flips);
      expect(read('README.md')).toContain(`(${change})`);
    }
  });

  it('stands in the Markdown as well', () => {
    const { recommendation, rows } = reported([
      measurementOf(configurationOf('a'), [{ ratePerSecond: 9, latencyMs: 40 }]),
      measurementOf(configurationOf('b'), [{ ratePerSecond: 5, latencyMs: 10 }]),
    ]);
    expect(reportMarkdown(recommendation, rows)).toMatch(
      /It would be another decision with any of\n\n- limit .* ms instead of 50 ms \(−2\d.*\): b\n/,
    );
  });
});

describe('the managed premium', () => {
  it('compares what ran on both, on the same hardware', () => {
    const at = (target: 'ec2' | 'sagemaker', instanceType: string, requestsPerMinute: number, usd: number | null) =>
      scalarOf(configurationOf('trt', { target, instanceType }), { latencyMs: 20, requestsPerMinute }, usd);
    const { rows } = reported([
      at('sagemaker', 'ml.g4dn.xlarge', 900, 0.7364),
      at('ec2', 'g4dn.xlarge', 1000, 0.526),
      at('sagemaker', 'ml.g4dn.2xlarge', 1200, 0.94),
      at('ec2', 'inf1.xlarge', 1200, null),
    ]);
    const [only, ...others] = managedPremiums(rows);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ configuration: 'trt', instanceType: 'g4dn.xlarge' });
    expect(only!.rateRatio).toBeCloseTo(0.9, 12);
    expect(only!.priceRatio).toBeCloseTo(1.4, 12);
    expect(only!.usdPerMillionRatio).toBeCloseTo(1.4 / 0.9, 9);
  });

  it('has no ratio where a price is missing', () => {
    const { rows } = reported([
      scalarOf(
        configurationOf('n', { target: 'sagemaker', instanceType: 'ml.inf1.xlarge' }),
        { latencyMs: 9, requestsPerMinute: 60 },
        null,
      ),
      scalarOf(
        configurationOf('n', { target: 'ec2', instanceType: 'inf1.xlarge' }),
        { latencyMs: 9, requestsPerMinute: 60 },
        0.228,
      ),
    ]);
    expect(managedPremiums(rows)).toEqual([
      { configuration: 'n', instanceType: 'inf1.xlarge', priceRatio: null, rateRatio: 1, usdPerMillionRatio: null },
    ]);
  });
});

describe('repeats', () => {
  const repeat = (name: string, rates: readonly number[], noise?: number[]) =>
    rates.map((ratePerSecond, i) =>
      measurementOf(configurationOf(name), [{ ratePerSecond, latencyMs: 10 + i, ...(noise ? { noise } : {}) }], {
        repeat: i + 1,
        trial: `${name}#${i + 1}`,
      }),
    );

  it.each([
    ['lie apart by more than their own spread', [100, 130], undefined, true],
    ['lie within it', [100, 100.5], undefined, false],
    ['have no spread to judge by', [100, 130], [0], null],
  ] as const)('that %s', (_, rates, noise, disagree) => {
    const measurements = repeat('a', rates, noise ? [...noise] : undefined);
    const { recommendation, rows } = reported(measurements);
    const [spread] = repeatSpreads(recommendation, measurements, rows);
    expect(spread).toMatchObject({ configuration: 'a', stair: 'users-4', repeats: 2, disagree });
    expect(spread!.ratePerSecond.low).toBeCloseTo(rates[0], 9);
    expect(spread!.ratePerSecond.high).toBeCloseTo(rates[1], 9);
    expect(spread!.latencyMs!.high).toBeGreaterThan(spread!.latencyMs!.low);
  });

  it('are not shown where there is one', () => {
    const measurements = [...repeat('a', [100]), ...repeat('b', [90, 91, 92])];
    const { recommendation, rows } = reported(measurements);
    expect(repeatSpreads(recommendation, measurements, rows).map((s) => [s.configuration, s.repeats])).toEqual([
      ['b', 3],
    ]);
  });
});
