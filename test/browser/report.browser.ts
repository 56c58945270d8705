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
import { fleet, laptop, published } from '../support/report-scenarios.ts';

interface Scenario {
  measurements: Measurement[];
  recommendation: Recommendation;
}

const path = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'infersweep-report-'));
const yaml = 'schema: infersweep.experiment.v1\nname: quickstart\nslo: { percentile: 95, latencyMs: 50 }\n';
const devices = {
  desk: { width: 1280, height: 900, mobile: false },
  phone: { width: 390, height: 844, mobile: true },
  'dark-desk': { width: 1280, height: 900, mobile: false, dark: true },
  'dark-phone': { width: 390, height: 844, mobile: true, dark: true },
};

async function written(name: string, data: Scenario): Promise<string> {
  const rest = { plan: emulatedPlan(), experimentText: yaml, generatedAt: '2026-11-21T12:00:00Z' };
  const file = join(folder, `${name}.html`);
  writeFileSync(file, await renderReport({ ...data, ...rest }));
  return file;
}

/** A4 within the margins of a browser, in CSS pixels of 1/96 inch; a screen that is dark prints dark unless told otherwise. */
const paper = { width: 718, height: 1047, mobile: false, dark: true };

/** Text that a reader can see: laid out, with a size. */
const visible = (selector: string) =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0; }).map(e => e.textContent)`;

describe.skipIf(path === null)('report.html in Chromium', () => {
  let browser: Chromium;
  beforeAll(() => {
    browser = new Chromium(path!);
  });
  afterAll(() => browser.close());

  const scenarios: Record<string, Scenario> = {
    laptop: laptop(),
    fleet: fleet(),
    published: published(),
  };
  for (const [scenario, data] of Object.entries(scenarios)) {
    for (const [device, metrics] of Object.entries(devices)) {
      it(`${scenario} on ${device}`, async () => {
        const file = await written(scenario, data);
        const page = await browser.open(pathToFileURL(file).href, metrics);
        writeFileSync(join(folder, `${scenario}-${device}.png`), await page.screenshot());
        await looksRight(page, data.recommendation, metrics.width);
        await canBeUsedByAll(page);
      });
    }
    it(`${scenario} on paper, from a dark screen`, async () => {
      const page = await browser.open(pathToFileURL(await written(scenario, data)).href, paper);
      await page.emulate('print', true);
      writeFileSync(join(folder, `${scenario}-print.png`), await page.screenshot());
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      expect(await page.evaluate("getComputedStyle(document.querySelector('nav')).display")).toBe('none');
      expect(await page.evaluate<string[]>(visible('#frontier-figure svg')), 'one picture').toHaveLength(1);
      expect(await faint(page)).toEqual([]);
      const cut =
        "[...document.querySelectorAll('.scroll, pre')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible').length";
      expect(await page.evaluate(cut), 'paper cannot scroll').toBe(0);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(paper.width);
      expect(
        await page.evaluate("getComputedStyle(document.querySelector('#configurations tr')).display"),
        'a table, not the cards of a phone',
      ).toBe('table-row');
    });
  }

  it('first brings the keyboard to a link past the answer, and shows where it is', async () => {
    const page = await browser.open(pathToFileURL(await written('fleet', fleet())).href, devices.desk);
    const focus =
      '(() => { const e = document.activeElement; if (e === document.body) return null; const s = getComputedStyle(e); const r = e.getBoundingClientRect(); return { text: e.textContent, label: e.getAttribute("aria-label"), inside: r.left >= 0 && r.top >= 0, outline: s.outlineStyle + parseFloat(s.outlineWidth) }; })()';
    const stops: { text: string; label: string | null; inside: boolean; outline: string }[] = [];
    for (let i = 0; i < 14; i++) {
      await page.pressTab();
      const stop = await page.evaluate<(typeof stops)[number] | null>(focus);
      if (stop !== null) stops.push(stop);
    }
    expect(stops[0]).toMatchObject({ text: 'Skip to the evidence', inside: true, outline: 'solid3' });
    expect(new Set(stops.map((s) => s.outline))).toEqual(new Set(['solid3']));
    expect(stops.map((s) => s.label)).toEqual(expect.arrayContaining(['Break-even limits', 'All configurations']));
  });

  it('says where the screenshots are', () => {
    console.log(`screenshots: ${folder}`);
  });
});

async function looksRight(page: Page, recommendation: Recommendation, width: number): Promise<void> {
  const seen = (selector: string) => page.evaluate<string[]>(visible(selector));
  expect(await seen('h1')).toEqual([recommendation.sentence]);
  expect(await page.evaluate<number>("document.querySelector('h1').getBoundingClientRect().bottom")).toBeLessThan(560);

  const limit = `limit ${recommendation.slo.latencyMs} ms`;
  const measured = recommendation.evidence === 'distribution';
  const pictures = ['frontier', ...(measured ? ['curves', 'startup'] : []), ...(recommendation.demand ? ['map'] : [])];
  for (const id of pictures) expect(await seen(`#${id}-figure svg`), `one picture of ${id}`).toHaveLength(1);
  const first = await page.evaluate<string>("document.querySelector('main figure').id");
  expect(first, 'the picture that answers comes first').toBe(recommendation.demand ? 'map-figure' : 'curves-figure');
  if (measured) expect(await seen('#curves-figure svg text'), 'the limit is named in the curves').toContain(limit);
  expect(await seen('#frontier-figure svg text'), 'the limit is named in the frontier').toContain(limit);

  const rows = await seen('#configurations tbody tr');
  expect(rows).toHaveLength(1 + recommendation.ties.length + recommendation.rejected.length);
  expect(rows[0]).toContain(recommendation.choice!.configuration);
  expect(rows[0]).toContain('chosen');
  for (const [i, { detail }] of recommendation.rejected.entries())
    expect(rows[i + 1 + recommendation.ties.length]).toContain(detail);

  const provenance = (await seen('#provenance')).join();
  for (const text of ['quickstart', '2026-11-21T12:00:00Z']) expect(provenance).toContain(text);

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

/** What a screen reader and weak eyes need: landmarks, named regions, headers with their scope, pictures in words, contrast. */
async function canBeUsedByAll(page: Page): Promise<void> {
  const count = (selector: string) =>
    page.evaluate<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  for (const landmark of ['body > header', 'body > nav[aria-label]', 'body > main', 'body > footer', 'h1'])
    expect(await count(landmark), landmark).toBe(1);
  expect(await count('main > section:not([aria-labelledby])')).toBe(0);
  expect(await count('th:not([scope])'), 'headers without a scope').toBe(0);
  expect(await count('tbody tr:not(:has(th[scope=row]))'), 'rows without a header').toBe(0);
  expect(await count('.scroll:not([tabindex="0"][role=region][aria-label])')).toBe(0);
  const dangling =
    "[...document.querySelectorAll('[aria-labelledby]')].flatMap(e => e.getAttribute('aria-labelledby').split(' ')).filter(id => !document.getElementById(id)?.textContent)";
  expect(await page.evaluate(dangling), 'names that nothing gives').toEqual([]);
  const unnamed =
    "[...document.querySelectorAll('figure svg')].filter(s => s.getAttribute('role') !== 'img' || !s.querySelector('title')?.textContent || !(s.querySelector('desc')?.textContent.length > 20)).length";
  expect(await page.evaluate(unnamed), 'pictures without words').toBe(0);
  const broken =
    "[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href')).filter(h => !document.querySelector(h))";
  expect(await page.evaluate(broken)).toEqual([]);
  expect(await faint(page), 'text with a contrast below 4.5').toEqual([]);
}

/** Texts, of the page and of its pictures, whose contrast is below WCAG 2.2's 4.5 : 1 (1.4.3), or 3 : 1 for large ones. */
function faint(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
    const over = (top, under) => top.rgb.map((v, i) => v * top.a + under[i] * (1 - top.a));
    const light = (rgb) => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => { const chain = []; for (let n = e; n; n = n.parentElement) chain.unshift(parse(getComputedStyle(n).backgroundColor)); return chain.reduce((under, top) => over(top, under), [255, 255, 255]); };
    const inked = (e) => parse(getComputedStyle(e)[e.namespaceURI.endsWith('svg') ? 'fill' : 'color']);
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      const e = n.parentElement;
      if (!n.textContent.trim() || ['SCRIPT', 'STYLE', 'title', 'desc'].includes(e.tagName)) continue;
      const r = e.getBoundingClientRect();
      if (r.width === 0 || r.height === 0) continue;
      // Names of a map lie on its areas.
      const box = [...e.closest('svg')?.querySelectorAll('.mark-rect path') ?? []].find(p => { const b = p.getBoundingClientRect(); const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2; return b.left < x && x < b.right && b.top < y && y < b.bottom; });
      const under = ground(e);
      const tint = box && { ...parse(getComputedStyle(box).fill), a: Number(box.getAttribute('opacity') ?? 1) };
      const behind = tint ? over(tint, under) : under;
      const [a, b] = [light(over(inked(e), behind)), light(behind)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const style = getComputedStyle(e);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) found.push(n.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
    }
    return [...new Set(found)];
  })()`);
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
