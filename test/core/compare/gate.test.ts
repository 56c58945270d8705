import { describe, expect, it } from 'vitest';
import { deploymentsFor } from '../../../lib/core/compare/between-deployments.ts';
import { GateError, type GateSide, gate } from '../../../lib/core/compare/gate.ts';
import { gateMarkdown } from '../../../lib/core/compare/gate-markdown.ts';
import { parseGate } from '../../../lib/core/compare/gate-rule.ts';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { configurationOf, measurementOf, type StairSketch, scalarOf } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 100, maxErrorRate: 0.001 };
const price = { usdPerHour: 1, source: 'test', region: 'us-east-1', date: '2026-11-20' };
const remote = configurationOf('x', { target: 'sagemaker' });
const local = configurationOf('y');

function side(id: string, measurements: Measurement[]): GateSide {
  return {
    id,
    measurements,
    recommendation: recommend({ experiment: 'e', slo, demand: null, objective: 'maximize-throughput', measurements }),
  };
}
const run = (id: string, stairs: StairSketch[], o: Partial<Measurement> = { price }) =>
  side(id, [measurementOf(remote, stairs, o)]);
const rules = (...texts: string[]) =>
  texts.map((t) => {
    const parsed = parseGate(t);
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.rule;
  });
const only = (text: string, base: GateSide, head: GateSide) => gate(rules(text), base, head).rows[0]!;
const at = (ratePerSecond: number, latencyMs = 20, o: Partial<StairSketch> = {}) => [
  { ratePerSecond, latencyMs, ...o },
];

describe('a gate as it is typed', () => {
  it.each([
    ['usdPerMillion=+5%@95', { metric: 'usdPerMillion', percentile: null, tolerance: 0.05, confidence: 0.95 }],
    ['p99=+10%@99', { metric: 'latency', percentile: 99, tolerance: 0.1, confidence: 0.99 }],
    ['p99.9=+10%', { metric: 'latency', percentile: 99.9, tolerance: 0.1, confidence: 0.95 }],
    ['latency=+0%@90', { metric: 'latency', percentile: null, tolerance: 0, confidence: 0.9 }],
    ['throughput=-2.5%@95', { metric: 'throughput', percentile: null, tolerance: 0.025, confidence: 0.95 }],
    ['throughput=0%', { metric: 'throughput', percentile: null, tolerance: 0, confidence: 0.95 }],
  ])('%s', (text, rule) => expect(parseGate(text)).toEqual({ ok: true, rule: { text, ...rule } }));

  it.each([
    ['usdPerMillion', /expected METRIC/],
    ['usdPerMillion=5', /expected METRIC/],
    ['usdPerMillion=-5%@95', /gets worse by \+, so the limit is \+5%/],
    ['throughput=+5%@95', /gets worse by -, so the limit is -5%/],
    ['throughput=-100%', /must be below 100/],
    ['cost=+5%@95', /"cost" is no metric: allowed are usdPerMillion/],
    ['p100=+5%', /is no metric/],
    ['p5=+5%', /is no metric/],
    ['latency=+5%@100', /confidence is 100, must be from 50/],
    ['latency=+5%@20', /confidence is 20/],
  ])('%s is refused', (text, problem) => {
    const parsed = parseGate(text);
    expect(parsed.ok ? '' : parsed.problem).toMatch(problem);
  });
});

describe('a gate', () => {
  it('says what got worse, by how much, and that it is proven', () => {
    const row = only('usdPerMillion=+5%@95', run('b', at(100)), run('h', at(80)));
    expect(row).toMatchObject({ verdict: 'regression', unit: 'USD', limitPercent: 5, needed: null });
    expect(row.base).toBeCloseTo(1e6 / 360_000, 9);
    expect(row.head).toBeCloseTo(1e6 / 288_000, 9);
    expect(row.changePercent).toBeCloseTo(25, 9);
    expect(row.intervalPercent!.low).toBeGreaterThan(5);
    expect(row.intervalPercent!.high).toBeGreaterThan(25);
  });

  it.each([
    ['the same', 100, 'tie'],
    ['twice as fast', 200, 'improvement'],
    ['half as fast', 50, 'regression'],
  ])('judges %s', (_, rate, verdict) => {
    const { rows, passed } = gate(
      rules('usdPerMillion=+5%@95', 'throughput=-5%@95'),
      run('b', at(100)),
      run('h', at(rate)),
    );
    expect(rows.map((r) => r.verdict)).toEqual([verdict, verdict]);
    expect(passed).toBe(verdict !== 'regression');
  });

  it('prints a throughput that falls with the signs of a fall', () => {
    const row = only('throughput=-5%@95', run('b', at(100)), run('h', at(50)));
    expect(row).toMatchObject({ limitPercent: -5, unit: 'requests/s', base: 100, head: 50 });
    expect(row.changePercent).toBeCloseTo(-50, 9);
    expect(row.intervalPercent!.low).toBeLessThan(-50);
    expect(row.intervalPercent!.high).toBeGreaterThan(-50);
    expect(row.intervalPercent!.high).toBeLessThan(-5);
  });

  it.each([
    [97, 'tie'],
    [90, 'regression'],
  ])('holds a throughput of 100 that became %d to a fall of 5 %%', (rate, verdict) => {
    expect(only('throughput=-5%@95', run('b', at(100)), run('h', at(rate)))).toMatchObject({ verdict });
  });

  it('counts a dearer price, which has no spread, and the items of a request', () => {
    const dearer = run('h', at(100), { price: { ...price, usdPerHour: 2 } });
    expect(only('usdPerMillion=+5%@95', run('b', at(100)), dearer)).toMatchObject({ verdict: 'regression' });
    const packed = run('h', at(100), { price: { ...price, usdPerHour: 2 }, itemsPerRequest: 2 });
    const row = only('usdPerMillion=+5%@95', run('b', at(100)), packed);
    expect(row).toMatchObject({ verdict: 'tie' });
    expect(row.head).toBeCloseTo(row.base!, 9);
  });

  it('asks for the samples it lacks when nothing is proven', () => {
    const noise = [-0.3, 0.3, -0.2, 0.2, -0.1, 0.1];
    const row = only('usdPerMillion=+5%@95', run('b', at(100, 20, { noise })), run('h', at(93, 20, { noise })));
    expect(row.verdict).toBe('undecided');
    expect(row.needed).toMatchObject({ have: 6, unit: 'windows' });
    expect(row.needed!.samples).toBeGreaterThan(60);
  });

  it('is undecided about one window, and asks for two', () => {
    const row = only('throughput=-5%@95', run('b', at(100, 20, { noise: [0] })), run('h', at(50)));
    expect(row).toMatchObject({
      verdict: 'undecided',
      intervalPercent: null,
      needed: { samples: 2, have: 1, unit: 'windows' },
    });
  });

  it('is undecided about a change that is the limit itself, which no number of windows decides', () => {
    const row = only('usdPerMillion=+25%@95', run('b', at(100)), run('h', at(80)));
    expect(row).toMatchObject({
      verdict: 'undecided',
      needed: null,
      note: expect.stringContaining('the limit itself'),
    });
  });

  it('compares latency at the load where base does best', () => {
    const stairs = (slow: number): StairSketch[] => [
      { id: 'users-1', ratePerSecond: 50, latencyMs: 10 },
      { id: 'users-4', ratePerSecond: 100, latencyMs: 20 * slow },
    ];
    expect(only('p95=+5%@95', run('b', stairs(1)), run('h', stairs(1.5)))).toMatchObject({
      metric: 'p95 latency',
      base: expect.closeTo(20, 0),
      head: expect.closeTo(30, 0),
      verdict: 'regression',
    });
    const elsewhere = only('latency=+5%@95', run('b', stairs(1)), run('h', [stairs(1)[0]!]));
    expect(elsewhere).toMatchObject({ verdict: 'undecided', note: expect.stringContaining('users-4') });
  });

  it('asks for the requests a percentile needs', () => {
    const few = at(100, 20, { samples: 90 });
    expect(only('p99=+5%@95', run('b', few), run('h', few))).toMatchObject({ verdict: 'undecided', base: null });
    // 300 have a p99, and no upper limit of it at 97.5 %.
    const some = at(100, 20, { samples: 300 });
    expect(only('p99=+5%@95', run('b', some), run('h', some))).toMatchObject({
      verdict: 'undecided',
      needed: { samples: 368, have: 300, unit: 'requests' },
    });
  });

  it('is red when the percentile of head lies among failures, or head meets its objective at no load', () => {
    const failing = run('h', [
      { id: 'users-1', ratePerSecond: 10, latencyMs: 10 },
      { id: 'users-4', ratePerSecond: 100, latencyMs: 20, failures: 100 },
    ]);
    expect(only('p95=+5%@95', run('b', at(100)), failing)).toMatchObject({ verdict: 'regression', head: null });
    const slow = run('h', at(100, 200));
    expect(only('throughput=-5%@95', run('b', at(100)), slow)).toMatchObject({ verdict: 'regression' });
    expect(only('throughput=-5%@95', slow, run('h', at(100)))).toMatchObject({ verdict: 'undecided' });
  });

  it('is undecided about a head that may keep its objective', () => {
    const unclear = at(100, 90, { upperMs: 110 });
    const row = only('throughput=-5%@95', run('b', at(100)), run('h', unclear));
    expect(row).toMatchObject({ verdict: 'undecided', note: expect.stringContaining('is sure to meet') });
    const named = gate(rules('throughput=-5%@95'), run('b', at(100)), run('h', unclear), 'x').rows[0];
    expect(named).toMatchObject({ verdict: 'undecided', note: expect.stringContaining('measure longer') });
  });

  it('is undecided about what is invalid', () => {
    const invalid = run('h', at(10), {
      price,
      validity: { status: 'invalid', reasons: [{ code: 'client-bound', detail: 'client at 99 %' }] },
    });
    const row = only('throughput=-5%@95', invalid, run('h', at(100)));
    expect(row).toMatchObject({ verdict: 'undecided' });
    expect(row.note).toContain('base');
  });

  it('is undecided about single figures', () => {
    const scalar = side('b', [scalarOf(remote, { latencyMs: 20, requestsPerMinute: 6000 }, 1)]);
    expect(only('throughput=-5%@95', scalar, run('h', at(50)))).toMatchObject({
      verdict: 'undecided',
      note: expect.stringContaining('no spread'),
    });
  });

  it('compares one configuration of both when it is named, and says which there are when it is not one', () => {
    const two = side('b', [measurementOf(remote, at(100)), measurementOf(local, at(50))]);
    const named = gate(rules('throughput=-5%@95'), two, two, 'y');
    expect(named.head.configuration).toBe('y@local/local-1c');
    expect(named.rows[0]).toMatchObject({ base: 50, verdict: 'tie' });
    expect(() => gate(rules('throughput=-5%@95'), two, two, 'z')).toThrow(
      new GateError('b has no configuration z; it has x@sagemaker/ml.g4dn.xlarge, y@local/local-1c'),
    );
  });

  it('refuses a cost that nobody knows', () => {
    const home = side('b', [measurementOf(local, at(100))]);
    expect(() => only('usdPerMillion=+5%@95', home, home)).toThrow(
      /b has no price of y@local.*gate on throughput or latency/,
    );
  });

  it('notes what its interval does not know, and what differs besides', () => {
    const head = side('h', [measurementOf(local, at(100))]);
    head.recommendation = { ...head.recommendation, slo: { ...slo, latencyMs: 90 } };
    const { notes } = gate(rules('throughput=-5%@95'), run('b', at(100)), head);
    expect(notes.join('\n')).toMatch(
      /different objectives.*\n.*different configurations.*\n.*fewer than 3 deployments/,
    );
  });
});

describe('deployments that are asked for', () => {
  it.each([
    [3, 1, 3],
    // Tables of Student's t: 4.303 / √3 = 2.484, and half of it is 2.776 / √5.
    [3, 4, 5],
    // 2.262 / √10 = 0.715, and half of it is 2.037 / √33.
    [10, 4, 33],
    [3, 1e9, 10_000],
  ])('of %d, as good as %d times the samples, are %d', (have, factor, n) =>
    expect(deploymentsFor(have, factor, 0.95)).toBe(n),
  );
});

describe('the comment', () => {
  it('is one table of Markdown', () => {
    const noise = [-0.3, 0.3, -0.2, 0.2, -0.1, 0.1];
    const result = gate(
      rules('usdPerMillion=+5%@95', 'latency=+10%@95'),
      run('base|1', at(100)),
      run('head', at(80, 20, { noise })),
    );
    const text = gateMarkdown(result);
    expect(text).toContain('### infersweep gate: passed, usdPerMillion undecided');
    expect(text).toMatch(
      /\| usdPerMillion \| 2\.778 USD \| 3\.472 USD \| \+25\.0 % \(−.* to \+.*\) \| \+5\.0 % at 95 % \| undecided \|/,
    );
    expect(text).toMatch(/- usdPerMillion is undecided: about \d+ windows a side would decide \(now 6\)/);
    expect(text.split('\n').filter((l) => l.startsWith('|'))).toHaveLength(4);
    const red = gateMarkdown(gate(rules('throughput=-5%@95'), run('b', at(100)), run('h', at(50))));
    expect(red).toContain('### infersweep gate: regression of throughput');
    expect(red).toContain('| **regression** |');
  });
});
