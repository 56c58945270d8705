/** torch-neuron 1.13 on inf1: the last SDK that serves the first Inferentia. */
import * as z from 'zod';
import { parameter, type Runtime } from './parameter.ts';

export const neuron = {
  name: 'neuron',
  needsModel: true,
  origin: 'measured',
  environment: () => null,
  parameters: {
    mode: parameter(z.enum(['data-parallel', 'pipeline', 'seq2seq']), {
      fallback: 'data-parallel',
      label: (v) => v,
    }),
    /** Batch that the model is compiled for. */
    batch: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `batch${v}` }),
    /** NeuronCores used in all; `all` becomes the instance's. */
    cores: parameter(z.union([z.int().min(1).max(64), z.literal('all')]), {
      fallback: 'all',
      label: (v) => `cores${v === 'all' ? '-all' : v}`,
    }),
    /** Processes that share out the cores: each core belongs to one, and requests are batched in none. */
    workers: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `workers${v}` }),
    /** Callers of each core: a second one hides the time between host and chip. */
    threadsPerCore: parameter(z.int().min(1).max(4), { fallback: 1, label: (v) => `threads${v}` }),
  },
} as const satisfies Runtime;
