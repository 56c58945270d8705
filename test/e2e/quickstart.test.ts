/** The first of the README's two commands, as it runs on a fresh machine. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, kit, leftovers, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'quickstart-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let ended: Ended;
let seconds: number;
beforeAll(async () => {
  const started = performance.now();
  ended = await kit(['run', join(root, 'examples', 'quickstart')], { cwd });
  seconds = (performance.now() - started) / 1000;
  console.log(`quickstart: ${seconds.toFixed(0)} s\n${ended.stdout}`);
}, 400_000);

describe('the quickstart', () => {
  it('ends with the decision in words, the report, the next command and exit 0', () => {
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/serves [\d,.]+ requests\/s/);
    expect(ended.stdout).toMatch(/report: .*report\.html/);
    expect(ended.stdout).toMatch(/next: .* recommend quickstart-/);
  });

  it('loaded four configurations that differ, and confirmed two', async () => {
    const { rows } = JSON.parse((await kit(['report', '--format', 'json'], { cwd })).stdout) as {
      rows: { configuration: string; ratePerSecond: number; confirmed: boolean; validity: string }[];
    };
    expect(rows).toHaveLength(4);
    expect(rows.filter((r) => r.confirmed)).toHaveLength(2);
    const rates = rows.map((r) => r.ratePerSecond);
    expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(1.3);
  });

  it('wrote its documents, and a receipt that nothing is left', () => {
    const folder = resolve(cwd, /report: (.*)\/report\.html/.exec(ended.stdout)![1]!);
    for (const name of [
      'plan.json',
      'lock.json',
      'journal.jsonl',
      'measurements.jsonl',
      'recommendation.json',
      'receipt.json',
      'report.html',
    ]) {
      expect(existsSync(join(folder, name)), name).toBe(true);
    }
    const receipt = JSON.parse(readFileSync(join(folder, 'receipt.json'), 'utf8'));
    expect(receipt.alive).toEqual([]);
    expect(receipt.resources).toHaveLength(6);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('prints plain lines off a terminal', () => {
    expect(ended.stderr).toMatch(/^deploy onnxruntime-/m);
    expect(ended.stderr).not.toContain('\u001b[');
  });
});
