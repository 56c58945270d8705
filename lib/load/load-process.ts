/**
 * The load generator as a process: `node main.js JOB.json RESULT.json PROGRESS.json [GENERATOR]`, the last one its number where
 * the job has several.
 *
 * SIGTERM and SIGINT (Ctrl-C reaches parent and child alike) stop cleanly and still write the result: exit 0. When stdin ends
 * the parent is gone and nobody waits for a result: exit 129. A job that cannot be run: one line on stderr, exit 2.
 */
import { readFile } from 'node:fs/promises';
import { type LoadJob, loadJobSchema } from '../core/load/job.ts';
import type { Signer } from '../core/load/signer.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import { LoadJobError } from './job-error.ts';
import { runLoad } from './run-load.ts';
import { writeAtomically } from './write-atomically.ts';

const INVALID = 2;
const ORPHANED = 129;

async function readJob(path: string): Promise<LoadJob> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new LoadJobError(`cannot read the load job ${path}: ${(error as Error).message}`);
  }
  const parsed = loadJobSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LoadJobError(`load job ${path} is invalid at ${issue?.path.join('.') || '(root)'}: ${issue?.message}`);
}

/** Rewrites one file with the latest snapshot; a slow disk makes it skip snapshots, not queue them. */
class ProgressFile {
  private readonly path: string;
  private writing = Promise.resolve();
  private busy = false;

  constructor(path: string) {
    this.path = path;
  }

  write(progress: LoadProgress): void {
    if (this.busy) return;
    this.busy = true;
    const content = JSON.stringify({ ...progress, updatedMs: Date.now() });
    this.writing = writeAtomically(this.path, content, false)
      // The live view is worth no measurement: it grows old and says so.
      .catch(() => {})
      .finally(() => {
        this.busy = false;
      });
  }

  settled(): Promise<void> {
    return this.writing;
  }
}

async function run(args: string[], signer: (() => Promise<Signer>) | undefined): Promise<void> {
  const [jobPath, resultPath, progressPath, generator = '0'] = args;
  if (jobPath === undefined || resultPath === undefined || progressPath === undefined) {
    throw new LoadJobError('usage: node main.js JOB.json RESULT.json PROGRESS.json [GENERATOR]');
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  process.stdin.on('error', () => process.exit(ORPHANED));
  process.stdin.on('end', () => process.exit(ORPHANED));
  process.stdin.resume();
  const job = await readJob(jobPath);
  const signs = Object.values(job.endpoints).some((endpoint) => endpoint.signing !== undefined);
  const progress = new ProgressFile(progressPath);
  const result = await runLoad(job, {
    signal: stop.signal,
    generator: Number(generator),
    signer: signs ? await signer?.() : undefined,
    onProgress: (p) => progress.write(p),
  });
  await progress.settled();
  await writeAtomically(resultPath, JSON.stringify(result), true);
}

/**
 * Runs to the end and leaves the process.
 * @param signer made only for a job that asks for signatures; without it such a job is refused
 */
export async function runAsProcess(args: string[], signer?: () => Promise<Signer>): Promise<void> {
  try {
    await run(args, signer);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof LoadJobError)) throw error;
    process.stderr.write(`${error.message.replaceAll('\n', ' ')}\n`, () => process.exit(INVALID));
  }
}
