/** Starts servers and the built load generator as processes of their own, on different cores where the host has two. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadJob, type LoadResult, loadResultSchema } from '../../lib/core/load/job.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;

/** The compiled kit; the load engine needs a worker thread and so runs compiled only. */
export const builtKit = fileURLToPath(new URL('../../dist', import.meta.url));

const canPin = (() => {
  try {
    execFileSync('taskset', ['-c', String(CLIENT_CORE), 'true'], { stdio: 'ignore' });
    return availableParallelism() >= 2;
  } catch {
    return false;
  }
})();

function spawnNode(core: number | null, args: string[]): ChildProcess {
  const node = [process.execPath, ...args];
  const [command, ...rest] = canPin && core !== null ? ['taskset', '-c', String(core), ...node] : node;
  return spawn(command!, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
}

export interface RunningServer {
  url: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts `test/support/<script>` with `config` and waits for its port. */
export async function startServer(script: string, config: object): Promise<RunningServer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawnNode(SERVER_CORE, [path, JSON.stringify(config)]);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let errors = '';
    child.stderr!.on('data', (text: Buffer) => (errors += text));
    child.stdout!.once('data', (text: Buffer) => resolve(Number(text)));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${errors}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface RunningLoad {
  process: ChildProcess;
  progressPath: string;
  resultPath: string;
  /** Exit code and stderr. */
  ended: Promise<{ code: number | null; errors: string }>;
  result(): Promise<LoadResult>;
  remove(): Promise<void>;
}

export interface HowToStart {
  /** @default 'lib/load/main.js' */
  entry?: string;
  /** Number of this generator, where the job has several. */
  generator?: number;
  /** Pinning to one core leaves no room for several workers. @default true */
  pin?: boolean;
}

/** Starts `main.js` of the built kit, or of a copy of it in `kit`, with the job. */
export async function startLoad(job: LoadJob, kit = builtKit, how: HowToStart = {}): Promise<RunningLoad> {
  const main = join(kit, how.entry ?? 'lib/load/main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build first`);
  const directory = await mkdtemp(join(tmpdir(), 'infersweep-load-'));
  const [jobPath, resultPath, progressPath] = ['job', 'result', 'progress'].map((n) => join(directory, `${n}.json`));
  await writeFile(jobPath!, JSON.stringify(job));
  const number = how.generator === undefined ? [] : [String(how.generator)];
  const core = how.pin === false ? null : CLIENT_CORE;
  const child = spawnNode(core, [main, jobPath!, resultPath!, progressPath!, ...number]);
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text));
  return {
    process: child,
    progressPath: progressPath!,
    resultPath: resultPath!,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, errors }))),
    result: async () => loadResultSchema.parse(JSON.parse(await readFile(resultPath!, 'utf8'))),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Runs the job in a process to its end. */
export async function runLoadProcess(job: LoadJob, kit?: string, how?: HowToStart): Promise<LoadResult> {
  const load = await startLoad(job, kit, how);
  try {
    const { code, errors } = await load.ended;
    if (code !== 0) throw new Error(`the load generator ended with ${code}: ${errors}`);
    return await load.result();
  } finally {
    await load.remove();
  }
}
