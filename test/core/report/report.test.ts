import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { candidatesFor } from '../../../lib/core/report/candidates-for.ts';
import { axisScale } from '../../../lib/core/report/charts/axis-scale.ts';
import { curveSeries } from '../../../lib/core/report/charts/curve-series.ts';
import { curvesChart } from '../../../lib/core/report/charts/curves-chart.ts';
import { frontierChart } from '../../../lib/core/report/charts/frontier-chart.ts';
import { limitLine } from '../../../lib/core/report/charts/limit-line.ts';
import { overlap, placeLabels, type Segment, textWidth } from '../../../lib/core/report/charts/place-labels.ts';
import { frameOf } from '../../../lib/core/report/charts/spec.ts';
import { startupChart, startups } from '../../../lib/core/report/charts/startup-chart.ts';
import { columnsFor, verdictCell } from '../../../lib/core/report/columns.ts';
import { reportCsv } from '../../../lib/core/report/csv.ts';
import { reportMarkdown } from '../../../lib/core/report/markdown.ts';
import { reportRows } from '../../../lib/core/report/row.ts';
import { whyText, winsText } from '../../../lib/core/report/wins-text.ts';
import { ms, number, percent, usd } from '../../../lib/core/report/wording.ts';
import { configurationOf, measurementOf, scalarOf } from '../../support/measurements.ts';
import { fleet, laptop } from '../../support/report-scenarios.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
/** Whether a line runs through a box, not just along its edge. */
const crosses = (s: Segment, b: { x: number; y: number; width: number; height: number }) =>
  Array.from({ length: 401 }, (_, i) => i / 400).some((t) => {
    const [x, y] = [s.x1 + (s.x2 - s.x1) * t, s.y1 + (s.y2 - s.y1) * t];
    return x > b.x + 4 && x < b.x + b.width - 4 && Math.abs(y - b.y) < b.height / 2 - 4;
  });
const lap = laptop();
const cloud = fleet();

describe('wording', () => {
  it.each([
    [812.4, '812'],
    [30_000, '30,000'],
    [1_234_567.8, '1,234,567'.replace('567', '568')],
    [31.44, '31.4'],
    [0.11811, '0.118'],
    [0, '0'],
    [99.95, '100'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d is %s', (value, text) => expect(number(value)).toBe(text));

  it.each([
    [21.62, '21.62'],
    [4.4184, '4.42'],
    [8.1, '8.10'],
    [5, '5.00'],
    [0.7364, '0.7364'],
    [0.221, '0.221'],
    [0.9, '0.90'],
    [0, '0.00'],
    [12_345.6, '12,346'],
    [null, '–'],
  ])('%d USD is %s', (value, text) => expect(usd(value)).toBe(text));

  it('says units', () => {
    expect(ms(31.44)).toBe('31.4 ms');
    expect(ms(null)).toBe('–');
    expect(percent(0.001)).toBe('0.1 %');
  });

  it('says what would change a verdict', () => {
    expect(winsText({ sloMs: 783 })).toBe('would win at a limit of 783 ms');
    expect(winsText({ sloMs: 80, usdPerHour: 0.9999 })).toBe(
      'would win at a limit of 80 ms and a price of 0.9999 USD/h',
    );
    expect(winsText({ requestsPerMinute: 901 })).toBe('would win at a demand of 901 requests/min');
    // Rounded, both would name the other side of the threshold.
    expect(winsText({ sloMs: 16.543, usdPerHour: 1.4495 })).toBe(
      'would win at a limit of 16.55 ms and a price of 1.4495 USD/h',
    );
    expect(winsText(null)).toBe('no limit, demand or price makes it win');
    expect(whyText({ reason: 'validity', detail: 'd', wouldWinAt: null })).toBe('d');
    expect(whyText({ reason: 'slo', detail: 'd', wouldWinAt: { sloMs: 1 } })).toBe('d; would win at a limit of 1 ms');
  });
});

describe('rows', () => {
  const rows = reportRows(lap.recommendation, lap.measurements);

  it('hold every configuration once, the choice first, then as the recommendation lists them', () => {
    expect(rows.map((r) => r.configuration)).toEqual([
      lap.recommendation.choice!.configuration,
      ...lap.recommendation.rejected.map((r) => r.configuration),
    ]);
    expect(rows[0]).toMatchObject({
      verdict: 'chosen',
      reason: null,
      meetsSlo: true,
      confirmed: true,
      stair: 'users-16',
      validity: 'valid',
    });
    expect(rows.at(-1)).toMatchObject({ verdict: 'rejected', reason: 'validity', validity: 'invalid:wrong-output' });
  });

  it('show percentiles in order, at the load the row is judged by', () => {
    for (const r of rows)
      if (r.p99Ms !== null)
        expect([r.p50Ms!, r.p95Ms!, r.p99Ms]).toEqual([r.p50Ms!, r.p95Ms!, r.p99Ms].toSorted((a, b) => a - b));
    const late = rows.find((r) => r.configuration === 'reference')!;
    expect(late).toMatchObject({ meetsSlo: false, stair: 'users-1', usdPerMillion: null });
    expect(late.latencyMs).toBe(late.p95Ms);
    for (const r of rows) if (r.p99Ms !== null) expect(r.p99Ms).toBeGreaterThan(r.p95Ms!);
  });

  it('refer to a baseline by name or id', () => {
    const compared = reportRows(lap.recommendation, lap.measurements, 'torch-eager');
    const base = compared.find((r) => r.configuration === 'torch-eager')!;
    expect(base.ratioToBaseline).toBe(1);
    expect(compared[0]!.ratioToBaseline).toBeCloseTo(compared[0]!.ratePerSecond! / base.ratePerSecond!, 9);
    expect(reportRows(lap.recommendation, lap.measurements, base.id)[0]!.ratioToBaseline).toBe(
      compared[0]!.ratioToBaseline,
    );
    expect(rows[0]!.ratioToBaseline).toBeNull();
  });

  it('know fleets and prices', () => {
    const [first] = reportRows(cloud.recommendation, cloud.measurements);
    expect(first).toMatchObject({
      instances: cloud.recommendation.choice!.instances,
      fleetUsdPerHour: cloud.recommendation.choice!.usdPerHour,
    });
    expect(first!.usdPerMillion).toBe(cloud.recommendation.choice!.usdPerMillion);
  });

  it('show ties, degraded choices and rows without any figure', () => {
    const same = (name: string, o = {}) =>
      measurementOf(configurationOf(name), [{ ratePerSecond: 50, latencyMs: 10 }], o);
    const dead = measurementOf(configurationOf('dead'), [], {
      validity: validityOf([{ code: 'unhealthy', detail: 'no port' }]),
    });
    const degraded = validityOf([{ code: 'unsteady', detail: 'drift' }]);
    const measurements = [same('b', { validity: degraded }), same('a', { validity: degraded }), dead];
    const input = { experiment: 'e', slo, demand: null, objective: 'maximize-throughput' as const, measurements };
    const tied = reportRows(recommend({ ...input, includeDegraded: true }), measurements);
    expect(tied.map((r) => [r.configuration, r.verdict, r.validity])).toEqual([
      ['a', 'chosen', 'degraded:unsteady'],
      ['b', 'tied', 'degraded:unsteady'],
      ['dead', 'rejected', 'invalid:unhealthy'],
    ]);
    expect(tied[2]).toMatchObject({ ratePerSecond: null, latencyMs: null, stair: null, p50Ms: null });
    expect(tied.map(verdictCell)).toEqual(['chosen', 'tied', 'no: validity']);
    expect(reportRows(recommend(input), measurements).every((r) => r.verdict === 'rejected')).toBe(true);
  });

  it('judge the lowest load where latency is the objective', () => {
    const measurements = [
      measurementOf(configurationOf('a'), [
        { users: 1, ratePerSecond: 5, latencyMs: 3 },
        { users: 4, ratePerSecond: 9, latencyMs: 30 },
      ]),
    ];
    const decision = recommend({ experiment: 'e', slo, demand: null, objective: 'minimize-latency', measurements });
    expect(reportRows(decision, measurements)[0]).toMatchObject({ stair: 'users-1', latencyMs: 3 });
  });
});

describe('columns', () => {
  it('leave out what no row has', () => {
    const titles = columnsFor(reportRows(lap.recommendation, lap.measurements)).map((c) => c.title);
    expect(titles).toContain('Validity');
    expect(titles).not.toContain('USD per million');
    expect(titles).not.toContain('Latency');
    const paid = columnsFor(reportRows(cloud.recommendation, cloud.measurements)).map((c) => c.title);
    expect(paid).toContain('USD per million');
    expect(paid, 'all are valid').not.toContain('Validity');
  });

  it('show a source’s own statistic where there are no percentiles', () => {
    const measurements = [scalarOf(configurationOf('s'), { latencyMs: 40, requestsPerMinute: 60 }, null)];
    const decision = recommend({ experiment: 'e', slo, demand: null, objective: 'maximize-throughput', measurements });
    const rows = reportRows(decision, measurements);
    const cells = Object.fromEntries(columnsFor(rows).map((c) => [c.title, c.cell(rows[0]!)]));
    expect(cells).toMatchObject({ Latency: '40 ms', 'Rate /s': '1' });
  });

  it('print a rate with half its interval and a split', () => {
    const [row] = reportRows(lap.recommendation, lap.measurements);
    const cell = (title: string, r = row!) =>
      columnsFor([row!])
        .find((c) => c.title === title)!
        .cell(r);
    expect(cell('Rate /s', { ...row!, ratePerSecond: 100, rateInterval: { low: 90, high: 110 } })).toBe('100 ± 10');
    expect(cell('Rate /s', { ...row!, ratePerSecond: null })).toBe('–');
    expect(
      cell('Queue / compute / rest, ms', { ...row!, split: { queueMs: 1, computeMs: 2.345, overheadMs: null } }),
    ).toBe('1.0 / 2.3 / –');
    expect(
      cell('Queue / compute / rest, ms', { ...row!, split: { queueMs: null, computeMs: null, overheadMs: null } }),
    ).toBe('–');
    expect(cell('p50 / p95 / p99, ms', { ...row!, p50Ms: 1, p95Ms: 2, p99Ms: null })).toBe('1 / 2 / –');
    expect(cell('Mean batch', { ...row!, meanBatch: null })).toBe('–');
  });
});

describe('Markdown', () => {
  const text = reportMarkdown(lap.recommendation, reportRows(lap.recommendation, lap.measurements));

  it('begins with the answer and has one line for each row', () => {
    const lines = text.split('\n');
    expect(lines[0]).toBe('# quickstart');
    expect(lines[2]).toBe(lap.recommendation.sentence);
    expect(lines.filter((l) => l.startsWith('|'))).toHaveLength(2 + 7);
    expect(text).toContain('**onnxruntime-batched-pooled**');
    const widths = lines.filter((l) => l.startsWith('|')).map((l) => l.split(/(?<!\\)\|/).length);
    expect(new Set(widths).size).toBe(1);
  });

  it('cannot be broken out of by a name', () => {
    const evil = configurationOf('a|b<script>\nc');
    const measurements = [measurementOf(evil, [{ ratePerSecond: 5, latencyMs: 3 }], { startedAt: null })];
    const decision = recommend({ experiment: 'e', slo, demand: null, objective: 'maximize-throughput', measurements });
    const made = reportMarkdown({ ...decision, warnings: ['careful'] }, reportRows(decision, measurements));
    expect(made).toContain('a\\|b\\<script\\> c');
    expect(made).toContain('- careful');
  });
});

describe('CSV', () => {
  it('holds every point, and quotes what needs it', () => {
    const lines = reportCsv(lap.recommendation, lap.measurements).trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'configuration,target,instance_type,verdict,reason,stair,rate_per_second,rate_low,rate_high,items_per_second,latency_percentile,latency_ms,latency_upper_ms,error_rate,meets_slo,usd_per_hour,validity,confirmed,origin',
    );
    const points = candidatesFor(lap.recommendation, lap.measurements).reduce((sum, c) => sum + c.points.length, 0);
    expect(lines).toHaveLength(1 + points);
    const failing = [measurementOf(configurationOf('f'), [{ ratePerSecond: 5, latencyMs: 6, failures: 20 }])];
    const failed = recommend({
      experiment: 'e',
      slo,
      demand: null,
      objective: 'maximize-throughput',
      measurements: failing,
    });
    expect(reportCsv(failed, failing).split('\r\n')[1]).toMatch(/,0.02,false,/);
    const tricky = [measurementOf(configurationOf('=1+1,"x"'), [{ ratePerSecond: 5, latencyMs: 60 }])];
    const decision = recommend({
      experiment: 'e',
      slo,
      demand: null,
      objective: 'maximize-throughput',
      measurements: tricky,
    });
    const [, line] = reportCsv(decision, tricky).split('\r\n');
    expect(line).toMatch(/^"'=1\+1,""x""",local,local-1c,rejected,slo,users-4,5/);
    expect(line).toContain(',false,');
    expect(lines[1]).toMatch(/^onnxruntime-\S+,true,,valid/);
  });
});

describe('scales', () => {
  it('are linear from zero for close values and logarithmic for far ones', () => {
    const near = axisScale([10, 100]);
    expect(near).toMatchObject({ kind: 'linear', ticks: [0, 20, 40, 60, 80, 100] });
    expect(near.share(0)).toBe(0);
    const far = axisScale([1, 1000]);
    expect(far.kind).toBe('log');
    expect(far.ticks).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(far.share(far.domain[1])).toBeCloseTo(1, 12);
    expect(axisScale([1, 1e6]).ticks).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
  });

  it('hold all their values and ticks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (values) => {
          const scale = axisScale(values);
          for (const v of [...values, ...scale.ticks]) {
            expect(scale.share(v)).toBeGreaterThanOrEqual(-1e-9);
            expect(scale.share(v)).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(scale.ticks.length).toBeGreaterThan(1);
          expect(scale.ticks.length).toBeLessThan(16);
        },
      ),
    );
  });
});

describe('labels', () => {
  const box = { width: 600, height: 300, fontSize: 12 };
  const pointOf = fc.record({ x: fc.integer({ min: 0, max: 600 }), y: fc.integer({ min: 0, max: 300 }) });

  it('never lie on each other, on a point, on other text or outside', () => {
    fc.assert(
      fc.property(fc.array(pointOf, { minLength: 1, maxLength: 14 }), (points) => {
        const taken = [{ x: 500, y: 20, width: 80, height: 18 }];
        const anchors = points.map((p, i) => ({ ...p, text: `configuration-${i}`, bold: i === 0 }));
        const placed = placeLabels(anchors, { ...box, points, segments: [], taken });
        const all = [...taken, ...placed];
        for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(overlap(a, b)).toBe(false);
        for (const l of placed) {
          expect(l.x).toBeGreaterThanOrEqual(0);
          expect(l.x + l.width).toBeLessThanOrEqual(box.width);
          for (const other of placed)
            if (other.leader && other !== l)
              expect(crosses(other.leader, l), `${other.text} over ${l.text}`).toBe(false);
          for (const p of points)
            expect(p.x > l.x && p.x < l.x + l.width && Math.abs(p.y - l.y) < l.height / 2).toBe(false);
        }
      }),
    );
  });

  it('prefer the right side, and go elsewhere for a line', () => {
    const anchor = { x: 100, y: 150, text: 'name', bold: false };
    const place = (segments: { x1: number; y1: number; x2: number; y2: number }[]) =>
      placeLabels([anchor], { ...box, points: [anchor], segments, taken: [] })[0]!;
    expect(place([])).toMatchObject({ x: 109, y: 150 });
    expect(place([{ x1: 100, y1: 150, x2: 300, y2: 150 }]).y).not.toBe(150);
    expect(textWidth('abcd', 10, true)).toBeGreaterThan(textWidth('abcd', 10));
  });

  it('have a leader where they stand off, from their point to their edge', () => {
    const anchor = { x: 200, y: 100, text: 'name', bold: false };
    const alone = { ...box, points: [anchor], segments: [], taken: [] };
    expect(placeLabels([anchor], alone)[0]!.leader).toBeNull();
    const taken = [140, 206].map((x) => ({ x, y: 100, width: 54, height: 44 }));
    const { leader, ...label } = placeLabels([anchor], { ...alone, taken })[0]!;
    expect(Math.hypot(leader!.x1 - anchor.x, leader!.y1 - anchor.y)).toBeLessThan(7);
    expect(leader!.x2).toBeGreaterThanOrEqual(label.x);
    expect(leader!.x2).toBeLessThanOrEqual(label.x + label.width);
    expect(Math.abs(leader!.y2 - label.y)).toBeLessThanOrEqual(label.height / 2);
  });

  it('make room for one more where none is lost by it', () => {
    const named = (x: number, y: number, text: string, bold = false) => ({ x, y, text, bold });
    const crowd = [
      named(550, 39, 'onnxruntime-batched-pooled', true),
      named(573, 42, 'onnxruntime-batched-all'),
      named(612, 71, 'onnxruntime-unbatched-all'),
      named(657, 40, 'onnxruntime-unbatched-pooled'),
    ];
    const wide = { width: 1005, height: 380, fontSize: 13, points: crowd, segments: [], taken: [] };
    expect(placeLabels(crowd, wide)).toHaveLength(4);
  });

  it('are left out where there is no room', () => {
    const crowd = Array.from({ length: 40 }, (_, i) => ({
      x: 20 + (i % 8) * 3,
      y: 20 + i,
      text: 'a-rather-long-name',
      bold: false,
    }));
    const placed = placeLabels(crowd, { width: 160, height: 80, fontSize: 12, points: crowd, segments: [], taken: [] });
    expect(placed.length).toBeLessThan(5);
  });
});

describe('the limit', () => {
  const frame = frameOf('wide');

  it('puts its words where no point is', () => {
    const empty = limitLine('y', 50, 200, 'limit 50 ms', frame, []);
    expect(empty.box.x).toBeGreaterThan(frame.width / 2);
    const crowded = limitLine('y', 50, 200, 'limit 50 ms', frame, [{ x: empty.box.x + 20, y: empty.box.y }]);
    expect(crowded.box.x).toBeLessThan(frame.width / 2);
    const upright = limitLine('x', 50, frame.width - 5, 'limit 50 ms', frame, []);
    expect(upright.box.x + upright.box.width).toBeLessThan(frame.width);
    expect(upright.segment).toEqual({ x1: frame.width - 5, y1: 0, x2: frame.width - 5, y2: frame.height });
  });

  it('is drawn even where nothing fits', () => {
    expect(limitLine('y', 1, 2, 'words', { width: 10, height: 10, fontSize: 12 }, []).layers).toHaveLength(2);
  });
});

describe('charts', () => {
  const rowsOfLaptop = reportRows(lap.recommendation, lap.measurements);
  const series = curveSeries(candidatesFor(lap.recommendation, lap.measurements), lap.measurements, lap.recommendation);
  const textOf = (chart: { spec: unknown } | null) => JSON.stringify(chart!.spec);

  it('draw all loads of a confirmed configuration, and nothing invalid', () => {
    const chosen = series.find((s) => s.chosen)!;
    expect(chosen.points).toHaveLength(3);
    expect(series.map((s) => s.label)).not.toContain('onnxruntime-int8');
    const confirmedOnly = lap.measurements.filter((m) => m.purpose === 'confirm');
    expect(
      curveSeries(candidatesFor(lap.recommendation, confirmedOnly), confirmedOnly, lap.recommendation)[0]!.points,
    ).toHaveLength(1);
  });

  it('tell of a load whether it kept the objective as the capacity does: by the upper limit of its percentile', () => {
    const measurements = [
      measurementOf(configurationOf('a'), [
        { users: 1, ratePerSecond: 5, latencyMs: 20, upperMs: slo.latencyMs },
        { users: 2, ratePerSecond: 8, latencyMs: 20, upperMs: slo.latencyMs + 10 },
        { users: 4, ratePerSecond: 9, latencyMs: slo.latencyMs + 20 },
      ]),
    ];
    const decided = recommend({ experiment: 'e', slo, demand: null, objective: 'maximize-throughput', measurements });
    const [only] = curveSeries(candidatesFor(decided, measurements), measurements, decided);
    expect(only!.points.map((p) => [p.rate, p.keeps])).toEqual([
      [5, true],
      [8, false],
      [9, false],
    ]);
    expect(decided.choice!.capacityPerMinute).toBe(300);
  });

  it('name the limit, the axes and the best four', () => {
    for (const width of ['wide', 'narrow'] as const) {
      const text = textOf(curvesChart(series, slo, width));
      expect(text).toContain('limit 50 ms');
      expect(text).toContain('p95 latency, ms');
      expect(text).toContain(series[0]!.label);
    }
    expect(curvesChart(series, slo, 'wide')!.description).toContain('onnxruntime-batched-pooled reaches');
    expect(curvesChart([], slo, 'wide')).toBeNull();
  });

  it('leave out what is ten times over the limit', () => {
    const far = [{ label: 'far', chosen: false, points: [{ rate: 1, latencyMs: 501, keeps: false }] }];
    expect(curvesChart(far, slo, 'wide')).toBeNull();
    expect(curvesChart([...series, ...far], slo, 'wide')!.description).not.toContain('far reaches');
  });

  it('show cost against latency where there are prices, else the rate', () => {
    expect(textOf(frontierChart(lap.recommendation, rowsOfLaptop, 'wide'))).toContain('good requests per second');
    const paid = reportRows(cloud.recommendation, cloud.measurements);
    expect(frontierChart(cloud.recommendation, paid, 'wide')).toMatchObject({ title: 'Cost against latency' });
    expect(textOf(frontierChart(cloud.recommendation, paid, 'wide'))).toContain('USD per hour for 30,000 requests/min');
    expect(textOf(frontierChart({ ...cloud.recommendation, demand: null }, paid, 'narrow'))).toContain(
      'USD per million requests',
    );
    const half = paid.map((r, i) => (i === 3 ? { ...r, usdPerHour: null } : r));
    expect(textOf(frontierChart(cloud.recommendation, half, 'wide'))).not.toContain(
      `${half[3]!.configuration} · ${half[3]!.instanceType}"`,
    );
    expect(frontierChart(lap.recommendation, [], 'wide')).toBeNull();
    expect(frontierChart({ ...lap.recommendation, frontier: [] }, rowsOfLaptop, 'wide')!.description).toContain(
      'none within the limit',
    );
  });

  it('draw cost and rate of items, as the decision does, where a request carries several', () => {
    // A call with six answers half as often as one with one, and gets three times as much done.
    const rows = rowsOfLaptop.slice(0, 2).map((r, i) => ({
      ...r,
      target: 'sagemaker',
      usdPerHour: 1,
      ratePerSecond: i === 0 ? 50 : 100,
      itemsPerSecond: i === 0 ? 300 : 100,
    }));
    const drawn = (some: typeof rows) => {
      const text = textOf(frontierChart({ ...cloud.recommendation, demand: null, frontier: [] }, some, 'wide'));
      return some.map((r) => Number(new RegExp(`"label":"${r.configuration}[^}]*"value":([^,]+)`).exec(text)![1]));
    };
    const [six, one] = drawn(rows) as [number, number];
    expect(six).toBeCloseTo(one / 3);
    const free = drawn(rows.map((r) => ({ ...r, usdPerHour: null as never })));
    expect(free).toEqual([300, 100]);
    const text = textOf(frontierChart({ ...cloud.recommendation, demand: null, frontier: [] }, rows, 'wide'));
    expect(text).toContain('USD per million items');
  });

  it('show startups once for each configuration, with preparation unless it was cached', () => {
    const at = (
      name: string,
      startup: { readySeconds: number | null; prepareSeconds: number | null; prepareCached: boolean | null },
    ) => measurementOf(configurationOf(name), [], { startup });
    const rows = startups([
      at('a', { readySeconds: 2, prepareSeconds: 5, prepareCached: false }),
      at('a', { readySeconds: 9, prepareSeconds: 5, prepareCached: false }),
      at('b', { readySeconds: 3, prepareSeconds: 5, prepareCached: true }),
      at('c', { readySeconds: null, prepareSeconds: 5, prepareCached: true }),
      at('d', { readySeconds: 1, prepareSeconds: null, prepareCached: null }),
    ]);
    expect(rows).toEqual([
      { label: 'a', prepare: 5, ready: 2 },
      { label: 'b', prepare: 0, ready: 3 },
      { label: 'd', prepare: 0, ready: 1 },
    ]);
    expect(startupChart(rows, 'wide')!.description).toBe(
      'Seconds to the first healthy answer, preparation of the model included: a 7; b 3; d 1.',
    );
    expect(startupChart(rows.slice(1), 'narrow')!.description).not.toContain('preparation');
    expect(startupChart([], 'wide')).toBeNull();
    expect(startups(cloud.measurements)[0]!.label).toContain('ml.g4dn.xlarge');
  });

  it('are plain data', () => {
    const chart = frontierChart(lap.recommendation, rowsOfLaptop, 'wide')!;
    expect(JSON.parse(JSON.stringify(chart.spec))).toEqual(chart.spec);
  });
});
