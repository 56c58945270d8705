/** NVIDIA Triton 25.09, the newest that fits both the ECS GPU image and SageMaker's (driver 580). */
import * as z from 'zod';
import { batchingLabel } from './batching.ts';
import { parameter, type Runtime } from './parameter.ts';

export const tritonBackends = ['libtorch', 'torch-tensorrt', 'tensorrt', 'onnxruntime', 'python'] as const;

const batching = z.strictObject({ maxQueueDelayMs: z.number().min(0).max(10_000).default(0) });

export const triton = {
  name: 'triton',
  needsModel: true,
  origin: 'measured',
  environment: () => null,
  parameters: {
    backend: parameter(z.enum(tritonBackends), { label: (v) => v }),
    precision: parameter(z.enum(['fp32', 'fp16']), { fallback: 'fp32', label: (v) => v }),
    /** 0: the model's own shapes carry the batch, and Triton never batches. */
    maxBatchSize: parameter(z.int().min(0).max(128), { fallback: 8, label: (v) => `max${v}` }),
    /** The kit turns auto-completion off: Triton adds batching by itself since mid-2022, which would measure one row twice. */
    dynamicBatching: parameter(z.union([z.literal(false), batching]), {
      fallback: false,
      label: batchingLabel,
    }),
    /** Per accelerator. */
    instanceCount: parameter(z.int().min(1).max(8), { fallback: 1, label: (v) => `x${v}` }),
  },
} as const satisfies Runtime;
