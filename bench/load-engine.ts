/** The built load engine as a process of its own on one core, as every figure that counts is taken. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadJob, type LoadResult, loadResultSchema } from '../lib/core/load/job.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** The repository, be this file read as it is or compiled to `dist/bench`. */
export const root = here.endsWith(join('dist', 'bench')) ? join(here, '..', '..') : join(here, '..');

const TWO_CORES = availableParallelism() >= 2;
export const SERVER_CORE = 0;
const CLIENT_CORE = TWO_CORES ? 1 : 0;

/** The command on one core; the server and the client must not share theirs. */
export function pinned(core: number, command: string[]): [string, string[]] {
  return ['taskset', ['-c', String(core), ...command]];
}

/** @throws Error when the engine ends with anything but a result. */
export async function runJob(job: LoadJob): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-load-'));
  try {
    const [jobFile, resultFile, progressFile] = ['job', 'result', 'progress'].map((n) => join(folder, `${n}.json`));
    await writeFile(jobFile!, JSON.stringify(job));
    const main = join(root, 'dist', 'lib', 'load', 'main.js');
    const command = [process.execPath, main, jobFile!, resultFile!, progressFile!];
    const child = spawn(...pinned(CLIENT_CORE, command), { stdio: ['pipe', 'ignore', 'inherit'] });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`the load engine ended with ${code}`);
    return loadResultSchema.parse(JSON.parse(await readFile(resultFile!, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
