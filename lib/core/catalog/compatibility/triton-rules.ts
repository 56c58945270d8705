/** Rules for Triton and its backends. */
import type { Rule } from './rule.ts';

/** TensorRT engines, and TorchScript with engines inside, are built for one GPU and run nowhere else. */
export const tensorrtNeedsGpu: Rule = ({ runtime, parameters, instance, instanceType }) => {
  if (runtime !== 'triton' || instance === null) return null;
  const { backend } = parameters;
  if (backend !== 'tensorrt' && backend !== 'torch-tensorrt') return null;
  return instance.accelerator?.name.startsWith('nvidia-')
    ? null
    : {
        rule: 'tensorrt-needs-gpu',
        fix: `backend ${backend} needs an NVIDIA GPU, which ${instanceType} lacks: use a g4dn, g5 or g6 type, or backend onnxruntime`,
      };
};

/** Half precision on a CPU is slow or unsupported. */
export const fp16NeedsGpu: Rule = ({ runtime, parameters, instance, instanceType }) =>
  runtime === 'triton' && parameters.precision === 'fp16' && instance !== null && !instance.accelerator
    ? { rule: 'fp16-needs-gpu', fix: `${instanceType} has no GPU: use precision fp32 there` }
    : null;

/** With `max_batch_size: 0` the batch axis belongs to the model and Triton has nothing to batch along. */
export const batchingWithoutBatchSize: Rule = ({ runtime, parameters }) =>
  runtime === 'triton' && parameters.maxBatchSize === 0 && parameters.dynamicBatching !== false
    ? { rule: 'batching-without-batch-size', fix: 'set maxBatchSize to 1 or more, or dynamicBatching to false' }
    : null;

/** The pinned images exist for x86; Triton drives no Inferentia in this release. */
export const tritonNeedsX86: Rule = ({ runtime, instance, instanceType }) => {
  if (runtime !== 'triton' || instance === null) return null;
  if (instance.arch !== 'amd64') {
    return { rule: 'triton-needs-x86', fix: `${instanceType} is Graviton: use torch or onnxruntime there` };
  }
  return instance.accelerator?.name.startsWith('aws-')
    ? { rule: 'triton-on-inferentia', fix: `${instanceType} carries Inferentia: use runtime neuron there` }
    : null;
};

/** FasterTransformer holds its weights on GPUs and nowhere else, whatever the instance group says. */
export const fasterTransformerNeedsGpu: Rule = ({ runtime, parameters, instance, instanceType }) =>
  runtime === 'triton' && parameters.backend === 'fastertransformer' && instance !== null && !instance.accelerator
    ? { rule: 'fastertransformer-needs-gpu', fix: `${instanceType} has no GPU: use a g4dn type` }
    : null;

/** Elsewhere the value would be printed in a name and change nothing. */
export const graphOptimizationNeedsPython: Rule = ({ runtime, parameters }) =>
  runtime === 'triton' && parameters.backend !== 'python' && parameters.graphOptimization === 'disabled'
    ? { rule: 'graph-optimization-needs-python', fix: 'set graphOptimization only with backend python' }
    : null;

/** Triton takes tensors; the front end makes them of texts. */
export const tritonTakesTensors: Rule = ({ runtime, parameters, target, model }) =>
  runtime === 'triton' && target === 'local' && model.takesText && Number(parameters.frontWorkers ?? 0) === 0
    ? {
        rule: 'triton-takes-tensors',
        fix: 'set frontWorkers to 1 or more, or use inputs of tensors and no model.tokenizer',
      }
    : null;
