/**
 * The load engine as a container's process.
 *
 *   FOLDER [GENERATOR]                              job, progress and result are objects; see `lib/core/load/job-keys.ts`
 *   JOB.json RESULT.json PROGRESS.json [GENERATOR]  they are files
 *
 * INFERSWEEP_BUCKET and INFERSWEEP_PREFIX say where the objects lie; INFERSWEEP_JOB and INFERSWEEP_GENERATOR stand in for the
 * arguments, for a task whose command is fixed. The engine ends when its standard input does, for that is how it learns that
 * its controller died; a container has none, so it gets a pipe that lives as long as this process. SIGTERM is passed on: the
 * engine then writes what it has measured. Exit codes are the engine's.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskExchange } from '../lib/aws/task-exchange.ts';

const USAGE = 2;
const PROGRESS_MS = Number(process.env['INFERSWEEP_PROGRESS_MS'] ?? 3000);
const MAX_REASON = 2000;
/** Beside this file, in the image as in a build. */
const engine = fileURLToPath(new URL('./load-engine.js', import.meta.url));

function runEngine(args: string[]): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, [engine, ...args], { stdio: ['pipe', 'inherit', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    process.stderr.write(text);
    errors = `${errors}${text}`.slice(-MAX_REASON);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, errors: errors.trim() }));
  });
}

async function exchangeOf(folder: string): Promise<TaskExchange> {
  const bucket = process.env['INFERSWEEP_BUCKET'];
  if (!bucket) throw new Error('INFERSWEEP_BUCKET is not set: it names the bucket in which the job lies');
  // Only here: with files nothing of the SDK is loaded.
  const [{ S3Client }, { TaskExchange: Exchange }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('../lib/aws/task-exchange.ts'),
  ]);
  return new Exchange(new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined }), {
    bucket,
    prefix: process.env['INFERSWEEP_PREFIX'] ?? '',
    folder,
  });
}

async function runFromBucket(job: string, generator: number): Promise<number> {
  const exchange = await exchangeOf(job);
  if (await exchange.hasResult()) {
    process.stderr.write(`${job} has its result already: nothing to do\n`);
    return 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  const [file, result, progress] = ['job', 'result', 'progress'].map((name) => join(folder, `${name}.json`)) as [
    string,
    string,
    string,
  ];
  await writeFile(file, await exchange.job());
  const copying = copyProgress(exchange, progress);
  const { code, errors } = await runEngine([file, result, progress, String(generator)]);
  await copying.stop();
  if (code === 0) {
    const first = await exchange.putResult(await readFile(result, 'utf8'));
    if (!first) process.stderr.write(`${job}: another attempt was faster, its result stands\n`);
  } else {
    await exchange.putError(errors || `ended with ${code}`);
  }
  return code;
}

/** Copies the progress file every few seconds when it has changed; the live view is worth no measurement. */
function copyProgress(exchange: TaskExchange, path: string): { stop(): Promise<void> } {
  let last = '';
  let busy = Promise.resolve();
  const copy = async () => {
    const content = await readFile(path, 'utf8').catch(() => '');
    if (content === '' || content === last) return;
    last = content;
    await exchange.putProgress(content).catch((error: Error) => process.stderr.write(`progress: ${error.message}\n`));
  };
  const next = () => {
    busy = busy.then(copy);
  };
  const timer = setInterval(next, PROGRESS_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      next();
      await busy;
    },
  };
}

async function main(args: string[]): Promise<number> {
  if (args.length >= 3) return (await runEngine(args)).code;
  const job = process.env['INFERSWEEP_JOB'] || args[0];
  const generator = Number(process.env['INFERSWEEP_GENERATOR'] || (args[1] ?? '0'));
  if (job === undefined)
    throw new Error('usage: run.mjs FOLDER [GENERATOR] | JOB.json RESULT.json PROGRESS.json [GENERATOR]');
  if (!Number.isInteger(generator) || generator < 0) throw new Error(`generator ${generator}: expected 0, 1, …`);
  return runFromBucket(job, generator);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return USAGE;
});
