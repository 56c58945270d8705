/** The command line interrupted in the ways that happen: Ctrl-C, twice, kill -9; and taken up again. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kit, leftovers, root, start } from '../support/cli.ts';

const experiment = join(root, 'test', 'fixtures', 'emulated');
let cwd: string;
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'interrupted-')));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const runFolder = () => {
  const runs = join(cwd, '.infersweep', 'runs');
  return join(runs, readdirSync(runs)[0]!);
};
const records = () => {
  const file = join(runFolder(), 'measurements.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l) as { trial: string; startedAt: string; purpose: string });
};
const soon = async (check: () => boolean) => {
  for (let i = 0; i < 200 && !check(); i++) await new Promise((r) => setTimeout(r, 25));
};

describe('a run on this machine', () => {
  it('tears down on Ctrl-C and exits 130; resume finishes it', async () => {
    const run = start(['run', experiment, '--events'], { cwd });
    await run.printed('"type":"load"');
    run.child.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/continue with: .* resume emulated-/);
    expect(leftovers(cwd)).toEqual([]);
    expect(records()).toEqual([]);
    expect(JSON.parse(readFileSync(join(runFolder(), 'receipt.json'), 'utf8')).alive).toEqual([]);
    const status = JSON.parse((await kit(['status', '--json'], { cwd })).stdout);
    expect(status).toMatchObject({ state: 'interrupted', trials: { done: 0, left: 4 }, live: [] });

    const resumed = await kit(['resume', '--json'], { cwd });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout).choice.configuration).toBe('emulated-fixed2ms');
    expect(
      records()
        .map((r) => r.purpose)
        .sort(),
    ).toEqual(['confirm', 'confirm', 'screen', 'screen']);
  });

  it('does not repeat a finished trial when resumed', async () => {
    const run = start(['run', experiment, '--events'], { cwd });
    await run.printed('"type":"record"');
    await run.printed('"round":"confirm"');
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    const before = records();
    expect(before.map((r) => r.purpose)).toEqual(['screen', 'screen']);
    expect((await kit(['resume', '--json'], { cwd })).code).toBe(0);
    expect(records().slice(0, 2)).toEqual(before);
    expect(records()).toHaveLength(4);
    const again = await kit(['resume', '--json'], { cwd });
    expect(again.code).toBe(0);
    expect(records()).toHaveLength(4);
  });

  it('leaves no process behind when killed with kill -9, and resume takes it up', async () => {
    const run = start(['run', experiment, '--events'], { cwd });
    await run.printed('"type":"load"');
    expect(leftovers(cwd).length).toBeGreaterThanOrEqual(3);
    run.child.kill('SIGKILL');
    await run.ended;
    await soon(() => leftovers(cwd).length === 0);
    expect(leftovers(cwd)).toEqual([]);
    const resumed = await kit(['resume', '--json'], { cwd });
    expect(resumed.code, resumed.stderr).toBe(0);
    const trials = records().map((r) => r.trial);
    expect(new Set(trials).size).toBe(4);
    expect(trials).toHaveLength(4);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('leaves at once on a second Ctrl-C, with nothing alive', async () => {
    const run = start(['run', experiment, '--events'], { cwd });
    await run.printed('"type":"load"');
    run.child.kill('SIGINT');
    run.child.kill('SIGINT');
    expect([130]).toContain((await run.ended).code);
    await soon(() => leftovers(cwd).length === 0);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('refuses a second controller', async () => {
    const run = start(['run', experiment, '--events'], { cwd });
    await run.printed('"type":"load"');
    const second = await kit(['resume'], { cwd });
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('another process');
    expect(JSON.parse((await kit(['status', '--json'], { cwd })).stdout)).toMatchObject({ state: 'running' });
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
  });
});
