/** PyTorch inside our server, on a CPU or a GPU. */
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
    /** fp16 is mixed precision on a GPU. */
    precision: parameter(z.enum(['fp32', 'bf16', 'fp16']), { fallback: 'fp32', label: (v) => v }),
    device: parameter(z.enum(['cpu', 'cuda']), { fallback: 'cpu', label: (v) => v }),
    /** Mode compile: one graph for every shape, or these shapes of items x tokens alone, to which batches are padded. */
    shapes: parameter(
      z.string().regex(/^(dynamic|\d+x\d+(,\d+x\d+)*)$/, 'must be "dynamic" or shapes like "1x128,8x128"'),
      { fallback: 'dynamic', label: (v) => v.replaceAll(',', '-') },
    ),
    /** `graviton` sets what AWS's Graviton guide says: bf16 matrix kernels where the CPU has them, huge pages, caches. */
    environment: parameter(z.enum(['default', 'graviton']), { fallback: 'default', label: (v) => v }),
    threads,
    /** Items in one call, where the caller sits in the process itself; over HTTP `itemsPerRequest` says it. */
    batch: parameter(z.int().min(1).max(1024), { fallback: 1, label: (v) => `batch${v}` }),
    dynamicBatching,
    outputs,
  },
} as const satisfies Runtime;
