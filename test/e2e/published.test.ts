/** Verbs that take a run take somebody's published figures as well. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';
import { examples } from '../support/published.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'published-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const run = (...args: string[]) => kit(args, { cwd });
const example = (name: string) => join(root, 'examples', name);
const sweep = example('triton-instance-sweep');

describe('a directory with published.json', () => {
  it('is recommended from: the committed document comes out to the byte', async () => {
    const ended = await run('recommend', sweep, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toBe(readFileSync(join(sweep, 'recommendation.json'), 'utf8'));
    const { choice, rejected } = JSON.parse(ended.stdout);
    expect(choice).toMatchObject({ configuration: 'trt-db', instances: 23, usdPerHour: 21.62 });
    expect(rejected).toHaveLength(23);
  });

  it.each(examples)('%s is recommended from, and reported in every format, without a trace beside it', async (name) => {
    const before = readdirSync(example(name));
    const text = await run('recommend', example(name));
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toContain('conclusions follow from its figures');
    for (const format of ['md', 'csv', 'json']) {
      const report = await run('report', example(name), '--format', format);
      expect(report.code, report.stderr).toBe(0);
      expect(report.stdout.length).toBeGreaterThan(200);
    }
    const html = await run('report', example(name));
    expect(html.code, html.stderr).toBe(0);
    expect(html.stderr).toContain(`wrote ${name}-report.html`);
    expect(readFileSync(join(cwd, `${name}-report.html`), 'utf8')).toContain('published');
    expect(readdirSync(example(name))).toEqual(before);
  });

  it('says whether conclusions hold, at later prices too', async () => {
    const text = await run('recommend', example('neuroncore-pipeline'), '--conclusions');
    expect(text.stdout).toContain(
      'and costs 61 % less\n  holds: 0.394 ×\n  at prices of 2026-07-20: holds, by another amount: 0.244 ×',
    );
    const json = JSON.parse((await run('recommend', sweep, '--conclusions', '--json')).stdout);
    expect(json.conclusions).toHaveLength(9);
  });

  it('is compared', async () => {
    const { stdout, code } = await run('compare', sweep, sweep, '--json');
    expect(code).toBe(0);
    const { base, rows } = JSON.parse(stdout);
    expect(base).toBe('triton-instance-sweep');
    expect(rows).toHaveLength(24);
    expect(rows[0]).toMatchObject({ capacityRatio: 1, latencyRatio: 1 });
  });

  it('that is wrong is answered with the place', async () => {
    const text = readFileSync(join(sweep, 'published.json'), 'utf8');
    writeFileSync(join(cwd, 'published.json'), text.replace('"ModelLatency"', '""'));
    const ended = await run('recommend', '.');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/published\.json:\d+:\d+: measurements\[0\]\.statistic: must not be empty/);
    expect(ended.stderr).toMatch(/^next: .* schema published$/m);
    expect(existsSync(join(cwd, 'recommendation.json'))).toBe(false);
  });
});
