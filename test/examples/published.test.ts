/** The five documents: what the kit reads out of them, to the figure. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { littlesCheck } from '../../lib/core/measure/littles-law.ts';
import { publishedMeasurements } from '../../lib/core/measure/published-measurements.ts';
import { recommendPublished } from '../../lib/core/recommend/recommend-published.ts';
import { recommendationSchema } from '../../lib/core/recommend/recommendation.ts';
import { checkConclusions } from '../../lib/core/report/conclusions.ts';
import { printedChecks } from '../../lib/core/report/printed-figures.ts';
import { figuresByRow } from '../../lib/core/report/published-figures.ts';
import { reportRows } from '../../lib/core/report/row.ts';
import { examples, published } from '../support/published.ts';
import { claimFails, counterExample } from '../support/what-if.ts';

describe.each(examples)('%s', (name) => {
  const document = published(name);
  const decision = recommendPublished(document);

  it('is read, decided and a document of its schema', () => {
    expect(recommendationSchema.parse(decision)).toEqual(decision);
    expect(decision.evidence).toBe('scalar');
    expect(decision.verdict).toBe('undecided');
  });

  it('reproduces every figure that the document works out itself', () => {
    expect(printedChecks(document).filter((c) => !c.matches)).toEqual([]);
  });

  it('tells every loser truly why not', () => {
    const stated = {
      measurements: publishedMeasurements(document),
      sloMs: decision.slo.latencyMs,
      demand: decision.demand?.requestsPerMinute ?? null,
      objective: decision.objective,
    };
    for (const loser of decision.rejected) {
      expect(claimFails(stated, loser), JSON.stringify(loser)).toBeNull();
      if (loser.wouldWinAt === null) expect(counterExample(stated, loser), JSON.stringify(loser)).toBeNull();
    }
  });

  it('has every row in its decision, once', () => {
    const ids = new Set(document.measurements.map((r) => `${r.configuration.name} ${r.configuration.instanceType}`));
    expect(decision.rejected.length + (decision.choice === null ? 0 : 1)).toBe(ids.size);
  });
});

describe('neuron-batching', () => {
  const document = published('neuron-batching');
  const steady = document.measurements.filter((row) => row.validity.status === 'valid');

  it('counts inferences: six in a call', () => {
    const rates = publishedMeasurements(document).map((m) => m.scalar!.requestsPerMinute! * m.itemsPerRequest);
    expect(rates.map((r) => r / 60)).toEqual([0, 1090.8, 1084.8, 1087.2, 1087.2, 1087.2, 1086, 1086, 1092]);
    expect(recommendPublished(document).sentence).toContain('181 requests/s (1,088 items/s)');
    expect(recommendPublished(document).choice?.capacityPerMinute).toBe(10_876.5);
  });

  it('passes Little’s law', () => {
    for (const row of steady) {
      const p50 = Number(/p50=([\d.]+)/.exec(row.asPrinted!)![1]) * 1000;
      const ratePerSecond = row.rate!.value / row.itemsPerRequest;
      const check = littlesCheck({ concurrency: row.concurrency!, latencyMs: p50, ratePerSecond }, 0.005);
      expect(check.agrees, `${row.id}: ${check.ratio}`).toBe(true);
    }
    expect(littlesCheck({ concurrency: 8, latencyMs: 44.18, ratePerSecond: 0 }).expectedPerSecond * 6).toBeCloseTo(
      1086.5,
      1,
    );
  });
});

describe('runtime-comparison', () => {
  const document = published('runtime-comparison');
  const decision = recommendPublished(document);

  it('supports five figures', () => {
    expect(document.measurements.flatMap((row) => row.rate?.value ?? [])).toEqual([341.5, 461, 255.1, 76.8, 39.4]);
    expect(document.measurements.filter((row) => row.provenance === 'chart-only')).toHaveLength(12);
  });

  it('chooses nothing without a latency, and says where the rest stands', () => {
    expect(decision.choice).toBeNull();
    expect(decision.sentence).toBe('Nothing can be recommended: the source reports no latency.');
    expect(decision.warnings.join('\n')).toContain('the rest stands only in pictures');
    expect(decision.warnings.join('\n')).toContain('16 × 30 s is the 480 s measured) or as all 16 within 30 s');
    expect(decision.rejected.find((r) => r.configuration === 't5-neuron')?.detail).toContain(
      'the picture t5_throughput',
    );
  });

  it('marks the run that its author disowns', () => {
    const row = decision.rejected.find((r) => r.configuration === 'bert-fastertransformer');
    expect(row).toMatchObject({ reason: 'validity', capacityPerMinute: null });
    expect(row?.detail).toMatch(/^degraded:source-disowned \(/);
    expect(document.measurements.find((m) => m.id === '001-bert-ft')?.errorRate).toBe(0.004);
  });

  it('cannot tell the cheapest: neither the text nor the catalog has a price there', () => {
    const checked = checkConclusions(document);
    expect(checked.conclusions.map((c) => c.published.standing)).toEqual([
      'holds',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(checked.missingPrices).toHaveLength(2);
  });
});

describe('triton-instance-sweep', () => {
  const document = published('triton-instance-sweep');
  const decision = recommendPublished(document);

  it('chooses the cheapest fleet inside the limit, barely', () => {
    const choice = { configuration: 'trt-db', instanceType: 'ml.g4dn.2xlarge', instances: 23, usdPerHour: 21.62 };
    expect(decision.choice).toMatchObject(choice);
    expect(decision.margin.percent).toBe(0.2);
    const roomier = { configuration: 'trt-db', instanceType: 'ml.g4dn.12xlarge', instances: 6, usdPerHour: 29.34 };
    expect(decision.margin.at10Percent).toMatchObject(roomier);
    expect(decision.fleet.atTarget).toEqual({ instances: 33, usdPerHour: 31.02 });
    const cheapest = decision.rejected.find(
      (r) => r.configuration === 'trt-db-ig' && r.instanceType === 'ml.g4dn.xlarge',
    );
    expect(cheapest?.detail).toBe('ModelLatency 783 ms is over the limit of 500 ms');
  });

  it('is what the committed recommendation.json says, to the byte', () => {
    const committed = readFileSync(join('examples', 'triton-instance-sweep', 'recommendation.json'), 'utf8');
    expect(`${JSON.stringify(decision, null, 2)}\n`).toBe(committed);
  });

  it('reproduces all 24 fleets and their hourly costs', () => {
    const checks = printedChecks(document);
    expect(checks).toHaveLength(48);
    expect(checks.map((c) => c.computed)).toEqual(checks.map((c) => c.printed));
  });

  it('has the figures of the table that the golden case was checked with', () => {
    const lines = readFileSync(join('test', 'fixtures', 'source-002.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const rows = document.measurements.map(({ configuration: c, rate, latencyMs, printed }) =>
      [c.name, c.instanceType, rate!.value, latencyMs, printed!.instances, printed!.fleetUsdPerHour].join(','),
    );
    expect(rows).toEqual(lines.map((line) => line.split(',').slice(0, 6).join(',')));
  });

  it('follows seven of nine conclusions', () => {
    const { conclusions } = checkConclusions(document);
    const refuted = conclusions.filter((c) => c.published.standing === 'fails').map((c) => c.id);
    expect(refuted).toEqual(['dynamic-batching-doubles', 'second-instance-free-latency']);
    expect(conclusions).toHaveLength(9);
  });
});

describe('neuroncore-pipeline', () => {
  const document = published('neuroncore-pipeline');

  it('reproduces ten costs and sixteen ratios', () => {
    const checks = printedChecks(document);
    expect(checks.filter((c) => c.figure === 'usdPerMillion')).toHaveLength(10);
    expect(checks).toHaveLength(26);
    const exact = [0.4172, 0.3513, 0.543, 0.295, 0.9806, 0.1038, 0.1082, 0.1363, 0.2298, 0.3462];
    const costs = [...figuresByRow(document, publishedMeasurements(document)).values()].map((f) => f.usdPerMillion!);
    expect(costs.map((c) => Number(c.toFixed(4)))).toEqual(exact);
  });

  it('compares items with the baseline, whatever a request carries', () => {
    const rows = reportRows(recommendPublished(document), publishedMeasurements(document), document.baseline!);
    const batched = rows.find((r) => r.configuration === 'neuron-dp-b6' && r.instanceType === 'inf1.xlarge');
    expect(batched).toMatchObject({ itemsPerSecond: 985, ratioToBaseline: 985 / 149 });
  });

  it('keeps its conclusions at later prices', () => {
    const checked = checkConclusions(document);
    expect(checked.conclusions.map((c) => c.published.standing)).toEqual(Array.from({ length: 9 }, () => 'holds'));
    expect(new Set(checked.conclusions.map((c) => c.repriced.standing))).toEqual(new Set(['holds', 'direction']));
    expect(checked.priceDates).toEqual(['2026-07-20']);
    expect(checked.choice.repriced).toBe(checked.choice.published);
    expect(checked.conclusions.find((c) => c.id === 'batched-cost')?.repriced.found).toBe('0.244 ×');
  });
});

describe('graviton-compile', () => {
  const document = published('graviton-compile');
  const decision = recommendPublished(document);

  it('reproduces 2.136 ×', () => {
    expect(checkConclusions(document).conclusions[0]).toMatchObject({
      published: { standing: 'holds', found: '2.136 ×' },
    });
    expect(decision.choice).toMatchObject({ configuration: 't5-small-compile', latencyMs: 14.379 });
  });

  it('says that the list of 33 models is absent, and that its rates are derived', () => {
    expect(decision.warnings.join('\n')).toContain('the list of the 33 Hugging Face models is absent');
    expect(decision.warnings.join('\n')).toContain('2 rates are not printed');
    const [eager] = publishedMeasurements(document);
    expect(eager?.scalar?.notes.at(-1)).toContain('Little’s law');
  });
});
