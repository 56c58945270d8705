/** The kit's own server as a process: its configuration written, and the command that serves it. */
import { join } from 'node:path';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { Parameters } from '../core/plan/plan.ts';
import type { DeployRequest } from '../core/ports/target.ts';
import { writeDurably } from './durable-write.ts';
import { type Interpreter, instanceMark, type Launch } from './launch.ts';
import type { LocalPreparer } from './local-preparer.ts';

export interface ServerRequest {
  deploy: DeployRequest;
  /** Folder of the deployment: the configuration and the announcement lie there. */
  folder: string;
  /** Folder that holds the server package. */
  server: string;
  environment: Interpreter;
  preparer: Pick<LocalPreparer, 'packages'>;
}

export type ServerConfig = Record<string, unknown> & { gunicorn: object | null };

export function launchServer(o: ServerRequest): Promise<Launch> {
  return launchConfigured(o, 'server', runtimeConfig(o.deploy));
}

/** A front tokenises and pads, and Triton behind it computes: a worker for each request on its way, as source 001 had it. */
export function launchFront(o: ServerRequest, upstream: string): Promise<Launch> {
  const { frontWorkers } = o.deploy.deployment.configuration.parameters;
  return launchConfigured(o, 'front', {
    adapter: 'triton-proxy',
    parameters: { url: upstream, model: MODEL_NAME, connections: 1 },
    gunicorn: { workers: frontWorkers, threads: 1 },
  });
}

async function launchConfigured(o: ServerRequest, role: Launch['role'], config: ServerConfig): Promise<Launch> {
  const { artifact, runId, name, tokenizer, deployment } = o.deploy;
  const file = join(o.folder, 'config.json');
  const whole = {
    model: { name: MODEL_NAME, path: artifact || null },
    ...config,
    host: '127.0.0.1',
    port: 0,
    announce: join(o.folder, 'announce.json'),
    dieWithParent: true,
    ...(tokenizer === null ? {} : { tokenizer: { ...tokenizer, ...paddingOf(deployment.configuration.parameters) } }),
  };
  writeDurably(file, JSON.stringify(whole, null, 2));
  const packages = [o.server, o.environment.pythonPath, config.gunicorn && (await o.preparer.packages('gunicorn'))];
  return {
    role,
    command: [
      o.environment.python,
      '-m',
      'infersweep_server',
      '--config',
      file,
      '--instance',
      instanceMark(runId, name),
    ],
    env: { PYTHONPATH: packages.filter(Boolean).join(':'), PYTHONDONTWRITEBYTECODE: '1' },
  };
}

/** Parameters that the kit itself reads; all others are the adapter's own. */
const KIT_PARAMETERS = ['dynamicBatching', 'outputs', 'workers', 'workerThreads', 'falcon', 'padding'];
/** Parameters of other targets, whose only value here is the adapter's nature (`transformers-on-local`). */
const FIXED_PARAMETERS: Record<string, string[]> = { transformers: ['mode', 'batch'] };

function runtimeConfig(o: DeployRequest): ServerConfig {
  const { parameters, runtime } = o.deployment.configuration;
  const ours = [...KIT_PARAMETERS, ...(FIXED_PARAMETERS[runtime] ?? [])];
  return {
    adapter: runtime,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([k]) => !ours.includes(k))),
    batching: batching(parameters),
    gunicorn: gunicornOf(parameters),
  };
}

/** A configuration may pad otherwise than the experiment's tokenizer. */
function paddingOf({ padding = 'tokenizer' }: Parameters): object {
  return padding === 'tokenizer' ? {} : { padding };
}

function batching(parameters: Parameters): Parameters[string] {
  const value = parameters['dynamicBatching'] ?? false;
  return value === false ? null : value;
}

/** Runtimes that declare how a worker reads are always served by gunicorn, others where they have several workers. */
function gunicornOf({ workers = 1, workerThreads, falcon = false }: Parameters): object | null {
  return workerThreads === undefined && workers === 1 ? null : { workers, threads: workerThreads ?? 8, falcon };
}
