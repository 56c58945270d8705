/** ONNX Runtime inside our server. */
import * as z from 'zod';
import { dynamicBatching } from './batching.ts';
import { outputs } from './outputs.ts';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

export const onnxruntime = {
  name: 'onnxruntime',
  needsModel: true,
  origin: 'measured',
  /** The tokenizer is a package of its own, so that tensors-in users do not install it. */
  environment: ({ tokenizer }) => (tokenizer ? 'onnxruntime-text' : 'onnxruntime'),
  parameters: {
    threads,
    provider: parameter(z.enum(['cpu', 'cuda']), { fallback: 'cpu', label: (v) => v }),
    precision: parameter(z.literal('fp32'), { fallback: 'fp32', label: (v) => v }),
    graphOptimization: parameter(z.enum(['disabled', 'basic', 'extended', 'all']), {
      fallback: 'all',
      label: (v) => `graph-${v}`,
    }),
    /** Threads that spin between requests steal cores from the neighbours they are compared with: off unless asked. */
    spin: parameter(z.boolean(), { fallback: false, label: (v) => (v ? 'spin' : 'nospin') }),
    dynamicBatching,
    outputs,
  },
} as const satisfies Runtime;
