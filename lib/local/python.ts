/** Finding a Python that the server environments support. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** CPython minors that the environment locks hold wheels for. */
const SUPPORTED = ['3.10', '3.11', '3.12', '3.13'];

const ASK = 'import platform, sys; print(platform.python_version()); print(sys.executable)';

export interface Python {
  /** The interpreter itself: a version manager's wrapper is a shell that would outlive its controller until it gets to Python. */
  command: string;
  /** Like `3.11.7`. */
  version: string;
}

/** @throws Error saying which versions work and how to name another interpreter. */
export async function findPython(): Promise<Python> {
  const named = process.env['INFERSWEEP_PYTHON'];
  const seen: string[] = [];
  for (const command of named ? [named] : ['python3', ...SUPPORTED.map((v) => `python${v}`).reverse(), 'python']) {
    try {
      const { stdout } = await run(command, ['-c', ASK], { timeout: 20_000 });
      const [version, executable] = stdout.trim().split('\n') as [string, string];
      if (SUPPORTED.includes(version.split('.').slice(0, 2).join('.'))) return { command: executable, version };
      seen.push(`${command} is ${version}`);
    } catch {
      // Not there.
    }
  }
  throw new Error(
    `no usable Python: need CPython ${SUPPORTED[0]} to ${SUPPORTED.at(-1)}${seen.length ? ` (${seen.join(', ')})` : ''}; install one or set INFERSWEEP_PYTHON to its path`,
  );
}
