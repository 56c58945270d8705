/** Row 18 of the fault matrix: a run whose plan was edited is not taken up, in words and without a stack trace. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kit, leftovers, root, start } from '../support/cli.ts';

const experiment = join(root, 'test', 'fixtures', 'emulated');
const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'edited-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let folder: string;
let plan: string;
beforeAll(async () => {
  const run = start(['run', experiment, '--events'], { cwd });
  await run.printed('"type":"load"');
  run.child.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  const runs = join(cwd, '.infersweep', 'runs');
  folder = join(runs, readdirSync(runs)[0]!);
  plan = readFileSync(join(folder, 'plan.json'), 'utf8');
}, 120_000);

const edit = (change: (document: Record<string, unknown>) => void): string => {
  const document = JSON.parse(plan) as Record<string, unknown>;
  change(document);
  return `${JSON.stringify(document, null, 2)}\n`;
};

describe('row 18: an edited plan', () => {
  it.each([
    ['another objective', () => edit((d) => Object.assign(d['slo'] as object, { latencyMs: 1 }))],
    ['a trial less', () => edit((d) => (d['trials'] as unknown[]).pop())],
    ['another experiment', () => edit((d) => Object.assign(d, { experimentSha256: '0'.repeat(64) }))],
    ['other white space', () => JSON.stringify(JSON.parse(plan))],
    ['an unknown member', () => edit((d) => Object.assign(d, { extra: 1 }))],
    ['a member of another type', () => edit((d) => Object.assign(d, { trials: 'none' }))],
    ['half of it', () => plan.slice(0, plan.length / 2)],
    ['nothing', () => ''],
  ])('row 18: %s is refused with exit code 2, and nothing starts', async (_what, edited) => {
    writeFileSync(join(folder, 'plan.json'), edited());
    const journal = readFileSync(join(folder, 'journal.jsonl'));
    const refused = await kit(['resume'], { cwd });
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toMatch(/plan\.json/);
    expect(refused.stderr).not.toMatch(/internal error|\n {4}at /);
    expect(readFileSync(join(folder, 'journal.jsonl'))).toEqual(journal);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('row 18: as it was, it is taken up again', async () => {
    writeFileSync(join(folder, 'plan.json'), plan);
    const resumed = await kit(['resume', '--json'], { cwd });
    // On a busy machine a figure may be invalid; that it is measured is what counts here.
    expect([0, 4], resumed.stderr).toContain(resumed.code);
    expect(resumed.stderr).toMatch(/\nrecorded /);
    expect(leftovers(cwd)).toEqual([]);
  });
});
