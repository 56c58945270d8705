import { describe, expect, it } from 'vitest';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import { curvesChart } from '../../lib/core/report/charts/curves-chart.ts';
import { chartSvg } from '../../lib/files/chart-svg.ts';
import { embeddedJson } from '../../lib/files/embedded-json.ts';
import { escapeHtml } from '../../lib/files/escape-html.ts';
import { renderReport } from '../../lib/files/report-html.ts';
import { capacityOf, configurationOf, measurementOf, scalarOf, secondOf } from '../support/measurements.ts';
import { emulatedPlan } from '../support/plans.ts';
import { fleet, laptop } from '../support/report-scenarios.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const rest = { plan: null, experimentText: '', generatedAt: '2026-11-21T12:00:00Z' };
const decide = (measurements: Parameters<typeof recommend>[0]['measurements']) =>
  recommend({ experiment: 'test', slo, demand: null, objective: 'maximize-throughput', measurements });

/** What a script on the page would read. */
function embedded(html: string, id: string): unknown {
  const text = new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(html)![1]!;
  return JSON.parse(text);
}

describe('report.html', () => {
  it('answers first and holds everything, in one file that fetches nothing', async () => {
    const scenario = laptop();
    const plan = {
      ...emulatedPlan(),
      skipped: [
        {
          configuration: 'int8',
          target: 'local' as const,
          instanceType: 'local-1c',
          code: 'incompatible' as const,
          rule: 'needs-gpu',
          fix: 'use fp32',
        },
      ],
    };
    const html = await renderReport({ ...scenario, ...rest, plan, experimentText: 'name: quickstart # <b>' });
    const body = html.slice(html.indexOf('<body>'));
    expect(body.indexOf(scenario.recommendation.sentence)).toBeLessThan(1000);
    const order = [
      'id="answer"',
      'id="curves"',
      'id="frontier"',
      'id="configurations"',
      'id="startup"',
      'id="provenance"',
    ].map((id) => body.indexOf(id));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThanOrEqual(0);
    for (const text of [
      'name: quickstart # &lt;b&gt;',
      '2026-11-21T12:00:00Z',
      plan.experimentSha256,
      'int8 on local-1c: skipped:incompatible (needs-gpu): use fp32',
      'onnxruntime',
      'a laptop has no price per hour',
    ]) {
      expect(body).toContain(text);
    }
    // Curves, panels, frontier and startup, each wide and narrow.
    expect(html.match(/<svg/g)).toHaveLength(8);
    expect(html).toContain('<meta name="viewport"');
    expect(html.replaceAll('http://www.w3.org/', '')).not.toMatch(
      /(src|href)="(?!data:|#)|url\(|@import|http:\/\/|<script(?! type="application\/json")/,
    );
  });

  it('tells what was used of the host and what that limits, where a host told', async () => {
    const scenario = laptop();
    const silent = await renderReport({ ...scenario, ...rest });
    expect(silent).not.toContain('id="utilisation"');
    const devices = { source: 'nvidia-smi', count: 2, memoryMib: 30720 };
    const seconds = [
      [
        secondOf({ cpuCores: 0.5, rssMib: 400, acceleratorBusy: [1, 0.5] }),
        secondOf({ cpuCores: 1, rssMib: 600, acceleratorBusy: [0.5, 0] }),
      ],
    ];
    const utilisation = { capacity: { ...capacityOf(devices), memoryLimitMib: 1024 }, seconds };
    const measurements = scenario.measurements.map((m) => ({
      ...m,
      stairs: m.stairs.map((stair) => ({ ...stair, utilisation })),
    }));
    const html = await renderReport({ ...scenario, measurements, ...rest });
    const section = html.slice(html.indexOf('<section id="utilisation"'));
    const text = section.slice(0, section.indexOf('</section>'));
    for (const said of [
      'CPU, cores, mean / max',
      '0.75 / 1 of 1',
      '500 / 600 of 1,024',
      '50 % / 75 %, 2 by nvidia-smi',
      'the accelerator is busy 50 % of the time',
    ]) {
      expect(text).toContain(said);
    }
    expect(text, 'nobody told').not.toContain('Accelerator memory');
  });

  it('embeds what it was made from', async () => {
    const scenario = fleet();
    const html = await renderReport({ ...scenario, ...rest });
    expect(embedded(html, 'recommendation')).toEqual(scenario.recommendation);
    expect(embedded(html, 'measurements')).toEqual(JSON.parse(JSON.stringify(scenario.measurements)));
    expect(embedded(html, 'plan')).toBeNull();
    for (const text of [
      'Fleet to deploy',
      'Scaling target',
      'us-east-1, 2026-11-18',
      'requests per minute',
      'What would flip it',
    ])
      expect(html).toContain(text);
  });

  it('cannot be injected into by a name', async () => {
    const evil = configurationOf(`</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&`);
    const measurements = [
      measurementOf(evil, [{ ratePerSecond: 5, latencyMs: 3 }]),
      measurementOf(configurationOf('b'), [{ ratePerSecond: 2, latencyMs: 3 }]),
    ];
    const html = await renderReport({ recommendation: decide(measurements), measurements, ...rest });
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect((embedded(html, 'recommendation') as { choice: { configuration: string } }).choice.configuration).toBe(
      evil.name,
    );
  });

  it('says what it cannot draw', async () => {
    const measurements = [scalarOf(configurationOf('s'), { latencyMs: 30, requestsPerMinute: 60 }, null)];
    measurements[0]!.startup.readySeconds = null;
    const html = await renderReport({ recommendation: decide(measurements), measurements, ...rest });
    expect(html).toContain('there are no curves to draw');
    expect(html).toContain('No start was timed');
    expect(html).toContain('not stated');
  });

  it('has a page for having nothing', async () => {
    const html = await renderReport({ recommendation: decide([]), measurements: [], ...rest });
    expect(html).toContain('there is no measurement');
    expect(html).toContain('No configuration has both a rate and a latency');
    expect(html).toContain('infeasible');
  });
});

describe('chartSvg', () => {
  const chart = curvesChart(
    [
      {
        label: 'a & b',
        chosen: true,
        points: [
          { rate: 1, latencyMs: 2, keeps: true },
          { rate: 3, latencyMs: 60, keeps: false },
        ],
      },
    ],
    slo,
    'wide',
  )!;

  it('scales with its container and tells what it shows', async () => {
    const svg = await chartSvg({ ...chart, title: 'T <1>' }, 'x');
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+(\.\d+)? \d+(\.\d+)?" width="100%" style="max-width:\d+px" role="img" aria-labelledby="x-title x-desc"><title id="x-title">T &lt;1&gt;<\/title><desc id="x-desc">/,
    );
    expect(svg).toContain('limit 50 ms');
    expect(svg).toContain('var(--series-1, #0072b2)');
    expect(svg).toContain('a &amp; b');
    expect(svg.match(/<svg/g)).toHaveLength(1);
  });
});

describe('escaping', () => {
  it('covers text and attributes', () =>
    expect(escapeHtml(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;'));

  it('keeps JSON whole and HTML out of it', () => {
    const value = { a: '</script><!-- & \u2028\u2029', b: [1, null] };
    const html = embeddedJson('d', value);
    expect(html).not.toMatch(/<\/script>.|<!--|&|[\u2028\u2029]/);
    expect(JSON.parse(html.slice(html.indexOf('>') + 1, -'</script>'.length))).toEqual(value);
  });
});
