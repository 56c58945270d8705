/** The report in a real browser, offline: what must be seen is seen, nothing is fetched, a phone does not scroll sideways. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { renderReport } from '../../lib/files/report-html.ts';
import { Chromium, findChromium, type Page } from '../support/chromium.ts';
import { emulatedPlan } from '../support/plans.ts';
import { fleet, laptop } from '../support/report-scenarios.ts';

const path = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'infersweep-report-'));
const yaml = 'schema: infersweep.experiment.v1\nname: quickstart\nslo: { percentile: 95, latencyMs: 50 }\n';
const devices = {
  desk: { width: 1280, height: 900, mobile: false },
  phone: { width: 390, height: 844, mobile: true },
  'dark-desk': { width: 1280, height: 900, mobile: false, dark: true },
};

/** Text that a reader can see: laid out, with a size. */
const visible = (selector: string) =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0; }).map(e => e.textContent)`;

describe.skipIf(path === null)('report.html in Chromium', () => {
  let browser: Chromium;
  beforeAll(() => {
    browser = new Chromium(path!);
  });
  afterAll(() => browser.close());

  const scenarios: Record<string, { measurements: Measurement[]; recommendation: Recommendation }> = {
    laptop: laptop(),
    fleet: fleet(),
  };
  for (const [scenario, data] of Object.entries(scenarios)) {
    for (const [device, metrics] of Object.entries(devices)) {
      it(`${scenario} on ${device}`, async () => {
        const html = await renderReport({
          ...data,
          plan: emulatedPlan(),
          experimentText: yaml,
          generatedAt: '2026-11-21T12:00:00Z',
        });
        const file = join(folder, `${scenario}.html`);
        writeFileSync(file, html);
        const page = await browser.open(pathToFileURL(file).href, metrics);
        writeFileSync(join(folder, `${scenario}-${device}.png`), await page.screenshot());
        await looksRight(page, data.recommendation, metrics.width);
      });
    }
  }

  it('says where the screenshots are', () => {
    console.log(`screenshots: ${folder}`);
  });
});

async function looksRight(page: Page, recommendation: Recommendation, width: number): Promise<void> {
  const seen = (selector: string) => page.evaluate<string[]>(visible(selector));
  expect(await seen('h1')).toEqual([recommendation.sentence]);
  expect(await page.evaluate<number>("document.querySelector('h1').getBoundingClientRect().bottom")).toBeLessThan(500);

  const limit = `limit ${recommendation.slo.latencyMs} ms`;
  for (const id of ['curves', 'frontier', 'startup']) {
    expect(await seen(`#${id}-figure svg`), `one picture of ${id}`).toHaveLength(1);
  }
  expect(await seen('#curves-figure svg text'), 'the limit is named in the curves').toContain(limit);
  expect(await seen('#frontier-figure svg text'), 'the limit is named in the frontier').toContain(limit);

  const rows = await seen('#configurations tbody tr');
  expect(rows).toHaveLength(1 + recommendation.ties.length + recommendation.rejected.length);
  expect(rows[0]).toContain(recommendation.choice!.configuration);
  expect(rows[0]).toContain('chosen');
  for (const [i, { detail }] of recommendation.rejected.entries())
    expect(rows[i + 1 + recommendation.ties.length]).toContain(detail);

  const provenance = (await seen('#provenance')).join();
  for (const text of ['quickstart', '2026-11-21T12:00:00Z', 'onnxruntime']) expect(provenance).toContain(text);

  expect(await page.evaluate("JSON.parse(document.getElementById('recommendation').textContent)")).toEqual(
    recommendation,
  );
  expect(
    await page.evaluate<number>('document.documentElement.scrollWidth'),
    'no sideways scrolling',
  ).toBeLessThanOrEqual(width);
  expect(await overlappingTexts(page), 'labels of a picture that lie on each other').toEqual([]);
  expect(page.complaints).toEqual([]);
  expect(page.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
}

/** Pairs of texts in a picture whose boxes share more than a pixel or two. */
function overlappingTexts(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('figure svg')].flatMap(svg => {
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]).filter(([t, r]) => t && r.width > 0);
    return boxes.flatMap(([a, r], i) => boxes.slice(i + 1)
      .filter(([, s]) => Math.min(r.right, s.right) - Math.max(r.left, s.left) > 2 && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 3)
      .map(([b]) => a + ' / ' + b));
  })`);
}
