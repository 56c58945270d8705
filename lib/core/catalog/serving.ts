/** What the kit's own server is started with, wherever it runs: which adapter, and in which processes. */
import type { Configuration, Parameters } from '../plan/plan.ts';

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
export function servingOf({ runtime, parameters }: Configuration): Serving {
  return {
    adapter: runtime,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([k]) => !KIT_PARAMETERS.includes(k))),
    batching: batching(parameters),
    gunicorn: gunicornOf(parameters),
  };
}

/** A configuration may pad otherwise than the experiment's tokenizer. */
export function paddingOf({ padding = 'tokenizer' }: Parameters): object {
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
