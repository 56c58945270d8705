/** The kit's own inference server, or another one, as a process on the server's core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEnvironment } from '../lib/local/environment.ts';
import { pinned, root, SERVER_CORE } from './load-engine.ts';

export interface RunningServer {
  /** Origin. */
  url: string;
  stop(): Promise<void>;
}

const START_SECONDS = 60;
const STEP_MS = 50;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * @param config of the server, without its name and its announcement.
 * @param program what Python runs, before `--config`; the server itself where nothing else is said.
 */
export async function startKitServer(
  config: { gunicorn?: object } & Record<string, unknown>,
  program: readonly string[] = [join(root, 'containers', 'server', 'infersweep_server')],
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-server-'));
  const announce = join(folder, 'port');
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ model: { name: 'm' }, announce, ...config }));
  const { python, pythonPath } = await pythonFor(config.gunicorn !== undefined);
  const child = spawn(...pinned(SERVER_CORE, [python, ...program, '--config', file]), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...(pythonPath === null ? {} : { PYTHONPATH: pythonPath }) },
  });
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text));
  try {
    const url = await within(() => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${said}`);
      if (!existsSync(announce)) return null;
      return `http://127.0.0.1:${(JSON.parse(readFileSync(announce, 'utf8')) as { port: number }).port}`;
    });
    await within(async () => {
      const answer = await fetch(`${url}/v2/health/ready`).catch(() => null);
      return answer?.ok === true ? true : null;
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Any Python will do for the standard library; gunicorn lives in an environment of the kit. */
async function pythonFor(gunicorn: boolean): Promise<{ python: string; pythonPath: string | null }> {
  if (!gunicorn) return { python: 'python3', pythonPath: null };
  const cache = process.env['INFERSWEEP_CACHE'] ?? join(homedir(), '.cache', 'infersweep');
  const lockFile = join(root, 'containers', 'server', 'environments', 'gunicorn.txt');
  return ensureEnvironment({ cache, name: 'gunicorn', lockFile }, () => undefined);
}

/** A compiled script of this folder that prints its port and ends with its stdin. */
export async function startScript(name: string, ...args: string[]): Promise<RunningServer> {
  const script = join(root, 'dist', 'bench', name);
  const child = spawn(...pinned(SERVER_CORE, [process.execPath, script, ...args]), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text)));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}

async function within<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (let left = (START_SECONDS * 1000) / STEP_MS; left > 0; left--) {
    const found = await look();
    if (found !== null) return found;
    await sleep(STEP_MS);
  }
  throw new Error(`the server was not ready within ${START_SECONDS} s`);
}
