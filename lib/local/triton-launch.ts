/** A real Triton on this machine: its repository written from the model's shapes, and the command that becomes the server. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { configureTriton } from '../core/catalog/triton/configure-runtime.ts';
import { modelRepository, type RepositoryEntry } from '../core/catalog/triton/model-repository.ts';
import type { ModelShape } from '../core/catalog/triton/model-shape.ts';
import { serverArguments } from '../core/catalog/triton/server-settings.ts';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { Parameters } from '../core/plan/plan.ts';
import { freePort } from './free-port.ts';
import type { Interpreter, Launch } from './launch.ts';

const run = promisify(execFile);

/** Reading a model's shapes loads it once. */
const DESCRIBE_TIMEOUT_MS = 120_000;

export interface TritonLaunch extends Launch {
  port: number;
}

export interface TritonRequest {
  /** Folder of the deployment: its repository and backends are made there. */
  folder: string;
  /** Folder with the launcher, beside the server's. */
  containers: string;
  environment: Interpreter;
  artifact: string;
  parameters: Parameters;
  cores: number;
  /** Stands in the server's command line. */
  mark: string;
}

export async function prepareTriton(o: TritonRequest): Promise<TritonLaunch> {
  const scripts = join(o.containers, 'triton');
  const env = {
    PYTHONPATH: [join(o.containers, 'server'), o.environment.pythonPath].filter(Boolean).join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const { stdout } = await run(o.environment.python, [join(scripts, 'describe.py'), o.artifact], {
    env: { ...process.env, ...env },
    timeout: DESCRIBE_TIMEOUT_MS,
  });
  const config = configureTriton(o.parameters, {
    name: MODEL_NAME,
    shape: JSON.parse(stdout) as ModelShape,
    device: 'cpu',
    extra: pythonParameters(o),
  });
  const repository = join(o.folder, 'models');
  writeRepository(repository, modelRepository([{ config, artifact: join(scripts, 'python', 'model.py') }]));
  const backends = join(o.folder, 'backends');
  const port = await freePort();
  const args = serverArguments({
    id: o.mark,
    repository,
    address: '127.0.0.1',
    httpPort: port,
    backendDirectory: backends,
    shmPrefix: shmPrefix(o.folder),
  });
  const command = [o.environment.python, join(scripts, 'launch.py'), backends, '--', ...args];
  return { role: 'server', command, env, port };
}

/** What `python/model.py` reads; instances share out the cores. */
function pythonParameters({ parameters, artifact, cores }: TritonRequest): Record<string, string> {
  const settings = {
    threads: Math.max(1, Math.floor(cores / Number(parameters['instanceCount']))),
    graphOptimization: parameters['graphOptimization'],
  };
  return { adapter: 'onnxruntime', artifact, settings: JSON.stringify(settings) };
}

/** Links are copied: a model that is changed while it is served would change what is measured. */
function writeRepository(folder: string, entries: readonly RepositoryEntry[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const entry of entries) {
    const file = join(folder, entry.path);
    mkdirSync(dirname(file), { recursive: true });
    if ('content' in entry) writeFileSync(file, entry.content);
    else if (entry.link.endsWith('.py')) copyFileSync(entry.link, file);
    else symlinkSync(entry.link, file);
  }
}

/** Of the deployment's folder, which no two share; short, because names of shared memory are. */
function shmPrefix(folder: string): string {
  return `infersweep-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}-`;
}

/** Names of a server's shared memory, which outlives a server that was killed. */
export function sharedMemoryOf(folder: string): string[] {
  const prefix = shmPrefix(folder);
  try {
    return readdirSync('/dev/shm').filter((name) => name.startsWith(prefix));
  } catch {
    return []; // No /dev/shm: then nothing lies there.
  }
}

/** Whatever became of its process. */
export function removeSharedMemory(folder: string): void {
  for (const name of sharedMemoryOf(folder)) rmSync(join('/dev/shm', name), { force: true });
}
