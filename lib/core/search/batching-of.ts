/** The queue of a configuration, from its parameters; null where the kit knows of no model for it. */
import type { Configuration } from '../plan/plan.ts';
import type { Batching } from './space.ts';

/** Parameters that only set the queue: all others, and the number of instances, change the time of an execution. */
const QUEUE = ['dynamicBatching', 'maxBatchSize'];

interface Sizes {
  instances: number;
  /** Items in one execution, at most. */
  items: number;
  delayMs: number;
}

/** @param itemsPerRequest a batch holds whole requests. */
export function batchingOf({ runtime, parameters }: Configuration, itemsPerRequest: number): Batching | null {
  const sizes = sizesOf(runtime, parameters);
  if (sizes === null) return null;
  const others = Object.entries(parameters).filter(([name]) => !QUEUE.includes(name));
  const line = `${runtime} ${others.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ')}`;
  const maxBatch = Math.max(1, Math.floor(sizes.items / itemsPerRequest));
  return { line, instances: sizes.instances, maxBatch, delayMs: maxBatch === 1 ? 0 : sizes.delayMs };
}

function sizesOf(runtime: string, parameters: Configuration['parameters']): Sizes | null {
  const { dynamicBatching: batching } = parameters;
  const batched = typeof batching === 'object' && batching !== null;
  const delayMs = batched ? Number(batching['maxQueueDelayMs'] ?? 0) : 0;
  switch (runtime) {
    // Our server: one thread that runs the model, behind one queue.
    case 'emulated':
    case 'onnxruntime':
    case 'reference':
    case 'torch':
      return { instances: 1, items: batched ? Number(batching['maxBatchSize']) : 1, delayMs };
    case 'transformers':
      return { instances: Number(parameters['workers']), items: 1, delayMs: 0 };
    case 'triton': {
      const items = batched ? Math.max(1, Number(parameters['maxBatchSize'])) : 1;
      return { instances: Number(parameters['instanceCount']), items, delayMs };
    }
    default:
      return null;
  }
}
