/** Runs Python unittests in an environment that the kit itself makes, and shows each as a test of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { environmentIn } from './environment.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

interface Outcome {
  id: string;
  outcome: 'passed' | 'failed' | 'skipped';
  detail: string;
}

/**
 * Declares one test for each unittest below `folder`; `path` is what Python finds packages in, and `beside` an environment
 * of pure Python whose packages are found too. `attempts` is for servers of others that crash now and then.
 */
export async function pythonTests(
  environment: string,
  folder: string,
  path: string,
  {
    pattern = 'test*.py',
    beside,
    env = {},
    attempts = 1,
  }: { pattern?: string; beside?: string; env?: NodeJS.ProcessEnv; attempts?: number } = {},
): Promise<void> {
  const { python, pythonPath } = await environmentIn(environment);
  const besides = beside === undefined ? null : await packagesOf(beside);
  const report = join(root, 'test/server/report.py');
  const outcomesOf = async () => {
    const { stdout } = await run(python, [report, join(root, folder), join(root, path), pattern], {
      env: {
        ...process.env,
        ...env,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONPATH: [join(root, path), pythonPath, besides].filter(Boolean).join(':'),
      },
      maxBuffer: 1 << 26,
      timeout: 600_000,
    });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Outcome);
  };
  let outcomes = await outcomesOf();
  for (let more = attempts - 1; more > 0 && outcomes.some(({ outcome }) => outcome === 'failed'); more--) {
    outcomes = await outcomesOf();
  }
  it(`finds tests in ${folder}`, () => expect(outcomes.length).toBeGreaterThan(0));
  for (const { id, outcome, detail } of outcomes) {
    it(id, (context) => {
      if (outcome === 'skipped') context.skip(detail);
      if (outcome === 'failed') throw new Error(detail);
    });
  }
}

async function packagesOf(environment: string): Promise<string> {
  const { python, pythonPath } = await environmentIn(environment);
  if (pythonPath !== null) return pythonPath;
  const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return stdout.trim();
}
