/** torch-neuron 1.13 on inf1: the last SDK that serves the first Inferentia. */
import * as z from 'zod';
import { parameter, type Runtime } from './parameter.ts';

export const neuron = {
  name: 'neuron',
  needsModel: true,
  origin: 'measured',
  environment: () => null,
  parameters: {
    mode: parameter(z.enum(['data-parallel', 'pipeline', 'seq2seq']), { fallback: 'data-parallel', label: (v) => v }),
    /** Batch that the model is compiled for. */
    batch: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `batch${v}` }),
    /** NeuronCores used in all; `all` becomes the instance's. */
    cores: parameter(z.union([z.int().min(1).max(64), z.literal('all')]), {
      fallback: 'all',
      label: (v) => `cores${v === 'all' ? '-all' : v}`,
    }),
    /** Tokens that the model is compiled for; shorter texts are filled up. */
    tokens: parameter(z.int().min(1).max(4096), { fallback: 128, label: (v) => `tokens${v}` }),
    /** Mode seq2seq: length of the padded decoder, which bounds the answer and is computed whole for every token. */
    decoderTokens: parameter(z.int().min(2).max(1024), { fallback: 40, label: (v) => `decoder${v}` }),
    /** Processes that share the cores evenly; requests share a batch only inside one. */
    workers: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `workers${v}` }),
    threadsPerCore: parameter(z.int().min(1).max(8), { fallback: 2, label: (v) => `threads${v}` }),
    /** A copy of the model on each core, or torch.neuron.DataParallel, which splits one large batch over them. */
    dispatch: parameter(z.enum(['replicas', 'split']), { fallback: 'replicas', label: (v) => v }),
  },
} as const satisfies Runtime;
