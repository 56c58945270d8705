/** A Hugging Face model as its own library runs it, in gunicorn workers: what a model is served with before anybody optimises it. */
import * as z from 'zod';
import { padding } from './front.ts';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

/** Each has one output: last_hidden_state, embedding, logits or sequences. */
const tasks = [
  'feature-extraction',
  'sentence-embedding',
  'fill-mask',
  'token-classification',
  'text-classification',
  'text2text-generation',
  'text-generation',
] as const;

/** Requests are never joined, and nothing is traced or compiled: it is what the other runtimes are compared with. */
export const transformers = {
  name: 'transformers',
  needsModel: true,
  origin: 'measured',
  environment: ({ local }) => (local ? 'torch' : null),
  parameters: {
    task: parameter(z.enum(tasks), { fallback: 'feature-extraction', label: (v) => v }),
    device: parameter(z.enum(['cpu', 'cuda']), { fallback: 'cpu', label: (v) => v }),
    /** fp16 is mixed precision on a GPU: weights in fp32, products in half precision by torch's autocast. */
    precision: parameter(z.enum(['fp32', 'bf16', 'fp16']), { fallback: 'fp32', label: (v) => v }),
    threads,
    /** Processes that each hold the model; 4 in source 001. */
    workers: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `workers${v}` }),
    /** Requests that one worker reads at once. */
    workerThreads: parameter(z.int().min(1).max(64), { fallback: 8, label: (v) => `connections${v}` }),
    /** Route through Falcon, as source 001 did; it changes no answer. */
    falcon: parameter(z.boolean(), { fallback: false, label: (v) => (v ? 'falcon' : 'wsgi') }),
    /** Greedy generation: new tokens at most. */
    maxNewTokens: parameter(z.int().min(1).max(4096), { fallback: 40, label: (v) => `new${v}` }),
    padding,
  },
} as const satisfies Runtime;
