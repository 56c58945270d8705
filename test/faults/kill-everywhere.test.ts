/**
 * A real controller process killed with SIGKILL at every journal write of a canonical run, before and after the write,
 * then resumed; and the other ways in which the ground gives way: a full disk, a jumping clock, a deleted run.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, leftovers, root } from '../support/cli.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'killed-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const experiment = join(root, 'test', 'fixtures', 'canonical');
const controller = join(root, 'test', 'support', 'mortal-controller.mjs');

/** Runs the controller; `limit` is the largest file it may write, in KiB. */
function control(
  cwd: string,
  position: number,
  side: string,
  args: string[],
  o: { limit?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const node = [process.execPath, controller, String(position), side, ...args];
  const command = o.limit === undefined ? node : ['bash', '-c', `ulimit -f ${o.limit}; exec "$@"`, 'bash', ...node];
  return new Promise((resolve) => {
    const child = spawn(command[0]!, command.slice(1), {
      cwd,
      env: { ...process.env, ...o.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d: Buffer) => {
      stdout += d.toString();
    });
    child.stderr.on('data', (d: Buffer) => {
      stderr += d.toString();
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const run = (cwd: string, position = 0, side = 'after', o: { limit?: number; env?: NodeJS.ProcessEnv } = {}) =>
  control(cwd, position, side, ['run', experiment, '--json'], o);
const resume = (cwd: string) => control(cwd, 0, 'after', ['resume', '--json']);

function folderOf(cwd: string): string {
  const runs = join(cwd, '.infersweep', 'runs');
  return join(runs, readdirSync(runs)[0]!);
}
const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
const newFolder = () => realpathSync(mkdtempSync(join(base, 'run-')));

/** Entries of the journal, without their checksums. */
const journal = (cwd: string) =>
  lines(join(folderOf(cwd), 'journal.jsonl')).map((l) => JSON.parse(l.slice(9)) as { path: string; kind: string });

function expectWhole(cwd: string, at: string): void {
  const records = lines(join(folderOf(cwd), 'measurements.jsonl')).map(
    (l) => JSON.parse(l) as { trial: string; validity: { status: string } },
  );
  expect(
    records.map((r) => r.validity.status),
    at,
  ).toEqual(['valid']);
  const measured = journal(cwd).filter((e) => e.kind === 'done' && e.path.endsWith('/measure'));
  expect(measured, `${at}: measured once, whatever was repeated before`).toHaveLength(1);
  expect(JSON.parse(readFileSync(join(folderOf(cwd), 'receipt.json'), 'utf8')).alive, at).toEqual([]);
  expect(leftovers(cwd), at).toEqual([]);
}

async function gone(cwd: string): Promise<string[]> {
  for (let i = 0; i < 800 && leftovers(cwd).length > 0; i++) await new Promise((r) => setTimeout(r, 25));
  return leftovers(cwd);
}

describe('a controller killed at every journal write', () => {
  let writes: number;
  beforeAll(async () => {
    const cwd = newFolder();
    const ended = await run(cwd);
    expect(ended.code, ended.stderr).toBe(0);
    expectWhole(cwd, 'undisturbed');
    writes = journal(cwd).length;
  });

  it.each(['before', 'after'])('loses nothing, repeats nothing, leaves nothing (%s the write)', async (side) => {
    expect(writes).toBeGreaterThan(20);
    const killAt = async (position: number) => {
      const at = `killed ${side} write ${position} of ${writes}`;
      const cwd = newFolder();
      const killed = await run(cwd, position, side);
      // Polls are a matter of time: this run may have needed fewer writes than the undisturbed one.
      if (killed.code === 0) return expectWhole(cwd, at);
      expect(killed.code, `${at}: ${killed.stderr}`).toBeNull();
      expect(await gone(cwd), `${at}: orphans`).toEqual([]);
      const resumed = await resume(cwd);
      expect(resumed.code, `${at}: ${resumed.stderr}`).toBe(0);
      expect(JSON.parse(resumed.stdout).choice.configuration, at).toBe('emulated');
      expectWhole(cwd, at);
      rmSync(cwd, { recursive: true, force: true });
    };
    const positions = Array.from({ length: writes }, (_, i) => i + 1);
    const worker = async () => {
      for (let p = positions.shift(); p !== undefined; p = positions.shift()) await killAt(p);
    };
    await Promise.all([worker(), worker()]);
  });
});

describe('the ground giving way', () => {
  it('a full disk ends the run with a message and nothing alive; with room again, resume finishes it', async () => {
    const cwd = newFolder();
    const full = await run(cwd, 0, 'after', { limit: 6 });
    expect(full.code, full.stderr).toBe(1);
    expect(full.stderr).toMatch(/cannot write|EFBIG|file too large/i);
    expect(full.stderr).not.toMatch(/\n {4}at /);
    expect(await gone(cwd)).toEqual([]);
    const resumed = await resume(cwd);
    expect(resumed.code, resumed.stderr).toBe(0);
    expectWhole(cwd, 'after the disk was full');
  });

  it.each([3_600_000, -3_600_000])('a clock that jumps by %i ms changes no duration', async (jump) => {
    const cwd = newFolder();
    const ended = await run(cwd, 0, 'after', { env: { CLOCK_JUMP_MS: String(jump) } });
    expect(ended.code, ended.stderr).toBe(0);
    expectWhole(cwd, 'with a jumping clock');
    const [record] = lines(join(folderOf(cwd), 'measurements.jsonl')).map((l) => JSON.parse(l));
    expect(record.stairs[0].durationS).toBeGreaterThan(0.2);
    const jumpSeconds = Math.abs(jump) / 1000;
    expect(record.stairs[0].durationS).toBeLessThan(jumpSeconds / 2);
    expect(record.startup.readySeconds).toBeGreaterThan(0);
    expect(record.startup.readySeconds).toBeLessThan(jumpSeconds / 2);
  });

  it('a journal damaged before its end is refused with file and offset, and nothing is touched', async () => {
    const cwd = newFolder();
    expect((await run(cwd)).code).toBe(0);
    const file = join(folderOf(cwd), 'journal.jsonl');
    const bytes = readFileSync(file);
    bytes[400] = bytes[400]! ^ 1;
    writeFileSync(file, bytes);
    const refused = await resume(cwd);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/journal\.jsonl: damaged at byte \d+/);
    expect(refused.stderr).not.toMatch(/internal error|\n {4}at /);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('a run directory deleted under way ends the run with a message and nothing alive', async () => {
    const cwd = newFolder();
    const ending = run(cwd);
    const isLoading = () =>
      existsSync(join(cwd, '.infersweep')) &&
      existsSync(folderOf(cwd)) &&
      journal(cwd).some((e) => e.path.endsWith('/load'));
    for (let i = 0; i < 400 && !isLoading(); i++) await new Promise((r) => setTimeout(r, 20));
    rmSync(folderOf(cwd), { recursive: true, force: true });
    const ended = await ending;
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
    expect(await gone(cwd)).toEqual([]);
  });
});
