/** PyTorch on the CPU inside our server. */
import * as z from 'zod';
import { dynamicBatching } from './batching.ts';
import { outputs } from './outputs.ts';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

export const torch = {
  name: 'torch',
  needsModel: true,
  origin: 'measured',
  environment: () => 'torch',
  parameters: {
    mode: parameter(z.enum(['eager', 'torchscript', 'compile']), { fallback: 'eager', label: (v) => v }),
    precision: parameter(z.enum(['fp32', 'bf16']), { fallback: 'fp32', label: (v) => v }),
    threads,
    dynamicBatching,
    outputs,
  },
} as const satisfies Runtime;
