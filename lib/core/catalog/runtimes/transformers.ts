/** A Hugging Face model as its own library runs it, in gunicorn workers: what a model is served with before anybody optimises it. */
import * as z from 'zod';
import { dynamicBatching } from './batching.ts';
import { padding } from './front.ts';
import { outputs } from './outputs.ts';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

const tasks = [
  'feature-extraction',
  'sentence-embedding',
  'fill-mask',
  'token-classification',
  'text-classification',
  'text2text-generation',
  'text-generation',
] as const;

export const transformers = {
  name: 'transformers',
  needsModel: true,
  origin: 'measured',
  environment: ({ local }) => (local ? 'torch' : null),
  parameters: {
    task: parameter(z.enum(tasks), { fallback: 'feature-extraction', label: (v) => v }),
    mode: parameter(z.enum(['eager', 'torchscript']), { fallback: 'eager', label: (v) => v }),
    device: parameter(z.enum(['cpu', 'cuda']), { fallback: 'cpu', label: (v) => v }),
    /** `fp16` and `amp`, another word for it: weights in fp32, products in half precision by torch's autocast. */
    precision: parameter(z.enum(['fp32', 'bf16', 'fp16', 'amp']), { fallback: 'fp32', label: (v) => v }),
    threads,
    /** Processes that each hold the model; 4 in source 001. */
    workers: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `workers${v}` }),
    /** Requests that one worker reads at once. */
    workerThreads: parameter(z.int().min(1).max(64), { fallback: 8, label: (v) => `connections${v}` }),
    /** Route through Falcon, as source 001 did; it changes no answer. */
    falcon: parameter(z.boolean(), { fallback: false, label: (v) => (v ? 'falcon' : 'wsgi') }),
    /** Greedy generation: new tokens at most. */
    maxNewTokens: parameter(z.int().min(1).max(4096), { fallback: 40, label: (v) => `new${v}` }),
    /** Items in one call, where the caller sits in the process itself. */
    batch: parameter(z.int().min(1).max(128), { fallback: 1, label: (v) => `batch${v}` }),
    dynamicBatching,
    padding,
    outputs,
  },
} as const satisfies Runtime;
