/** NVIDIA Triton 25.09, the newest that fits both the ECS GPU image and SageMaker's (driver 580); on `local` 24.10 for CPUs. */
import * as z from 'zod';
import { batchingLabel } from './batching.ts';
import { frontWorkers, padding } from './front.ts';
import { outputs } from './outputs.ts';
import { parameter, type Runtime } from './parameter.ts';

/** `fastertransformer` is frozen since 2023 and only here to replay what was measured with it. */
export const tritonBackends = [
  'libtorch',
  'torch-tensorrt',
  'tensorrt',
  'onnxruntime',
  'python',
  'fastertransformer',
] as const;

const batching = z.strictObject({ maxQueueDelayMs: z.number().min(0).max(10_000).default(0) });

export const triton = {
  name: 'triton',
  needsModel: true,
  origin: 'measured',
  environment: ({ local }) => (local ? 'triton' : null),
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
    /** Per accelerator; on a CPU in all. */
    instanceCount: parameter(z.int().min(1).max(8), { fallback: 1, label: (v) => `x${v}` }),
    /** Of ONNX Runtime inside the python backend; the other backends optimise as they were built. */
    graphOptimization: parameter(z.enum(['disabled', 'all']), { fallback: 'all', label: (v) => `graph-${v}` }),
    frontWorkers,
    padding,
    outputs,
  },
} as const satisfies Runtime;
