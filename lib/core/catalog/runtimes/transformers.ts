/** Hugging Face transformers inside the workers of gunicorn: what a model is served with before anybody optimises it. */
import * as z from 'zod';
import { dynamicBatching } from './batching.ts';
import { padding } from './front.ts';
import { outputs } from './outputs.ts';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

export const transformers = {
  name: 'transformers',
  needsModel: true,
  origin: 'measured',
  environment: () => null,
  parameters: {
    mode: parameter(z.enum(['eager', 'torchscript']), { fallback: 'eager', label: (v) => v }),
    /** `amp`: weights in fp32, products in half precision by torch's autocast. */
    precision: parameter(z.enum(['fp32', 'fp16', 'bf16', 'amp']), { fallback: 'fp32', label: (v) => v }),
    /** Processes, each with a copy of the model. */
    workers: parameter(z.int().min(1).max(64), { fallback: 1, label: (v) => `workers${v}` }),
    /** Items in one call, where the caller sits in the process itself. */
    batch: parameter(z.int().min(1).max(128), { fallback: 1, label: (v) => `batch${v}` }),
    threads,
    dynamicBatching,
    padding,
    outputs,
  },
} as const satisfies Runtime;
