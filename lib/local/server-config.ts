/** What our own server is started with on this machine: its configuration file. */
import { MODEL_NAME } from '../core/load/requests.ts';
import type { Parameters } from '../core/plan/plan.ts';
import type { DeployRequest } from '../core/ports/target.ts';

/** Parameters that the kit itself reads (a batch is the caller's); all others are the adapter's own. */
const KIT_PARAMETERS = ['dynamicBatching', 'outputs', 'batch', 'workers', 'workerThreads', 'falcon', 'padding'];

/** What differs from one way to serve to another. */
export interface Serving {
  adapter: string;
  parameters: Parameters;
  batching?: Parameters[string];
  /** null: the server by itself, without gunicorn. */
  gunicorn: object | null;
}

/** Of the runtime that a configuration names. */
export function servingOf({ runtime, parameters }: DeployRequest['deployment']['configuration']): Serving {
  return {
    adapter: runtime,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([k]) => !KIT_PARAMETERS.includes(k))),
    batching: batching(parameters),
    gunicorn: gunicornOf(parameters),
  };
}

export function serverConfig(
  o: DeployRequest,
  announce: string,
  serving = servingOf(o.deployment.configuration),
): object {
  const { parameters } = o.deployment.configuration;
  return {
    model: { name: MODEL_NAME, path: o.artifact || null },
    ...serving,
    host: '127.0.0.1',
    port: 0,
    announce,
    dieWithParent: true,
    ...(o.tokenizer === null ? {} : { tokenizer: { ...o.tokenizer, ...paddingOf(parameters) } }),
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
