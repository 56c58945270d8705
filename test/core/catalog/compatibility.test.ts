import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../lib/core/catalog/compatibility/rule.ts';
import { exclusionOf, rules } from '../../../lib/core/catalog/compatibility/rules.ts';
import { instanceOf } from '../../../lib/core/catalog/instance.ts';
import type { RuntimeName } from '../../../lib/core/catalog/runtimes/registry.ts';
import type { Parameters, TargetName } from '../../../lib/core/plan/plan.ts';

function cell(
  target: TargetName,
  instanceType: string,
  runtime: RuntimeName,
  parameters: Parameters,
  more: Partial<Cell> = {},
): Cell {
  const instance = instanceOf(target, instanceType);
  return {
    target,
    instanceType,
    instance,
    cores: instance?.vcpu ?? 1,
    localCores: 2,
    runtime,
    parameters,
    model: { source: 'folder', isFolder: true },
    inProcess: false,
    ...more,
  };
}
const trt = { backend: 'tensorrt', precision: 'fp16', maxBatchSize: 8, dynamicBatching: false };
const ort = { backend: 'onnxruntime', precision: 'fp32', maxBatchSize: 8, dynamicBatching: false };
const texts = { model: { source: 'folder', isFolder: true, takesText: true } };
const dataParallel = { mode: 'data-parallel', batch: 1 };
const pipeline = { mode: 'pipeline', cores: 4, dispatch: 'replicas' };
const workers = { workers: 4, precision: 'fp32' };
const traced = { mode: 'torchscript', device: 'cpu', precision: 'fp32', shapes: 'dynamic' };
const onGpu = { ...traced, device: 'cuda', precision: 'fp16' };
const batches = { maxBatchSize: 8, maxQueueDelayMs: 0 };
const pt = { model: { source: 'm.pt', isFolder: false } };
const onnx = { model: { source: 'm.ONNX', isFolder: null } };

const rows: [string | null, Cell][] = [
  [null, cell('ec2', 'g4dn.xlarge', 'triton', trt)],
  ['tensorrt-needs-gpu', cell('ec2', 'c7i.large', 'triton', trt)],
  ['tensorrt-needs-gpu', cell('ec2', 'inf1.xlarge', 'triton', { ...trt, backend: 'torch-tensorrt' })],
  [null, cell('ec2', 'c7i.large', 'triton', ort)],
  ['fp16-needs-gpu', cell('ec2', 'c7i.large', 'triton', { ...ort, precision: 'fp16' })],
  ['triton-needs-x86', cell('ec2', 'c7g.large', 'triton', ort)],
  ['triton-on-inferentia', cell('ec2', 'inf2.xlarge', 'triton', ort)],
  ['triton-on-local', cell('local', 'local-1c', 'triton', ort)],
  [
    'batching-without-batch-size',
    cell('ec2', 'g4dn.xlarge', 'triton', { ...trt, maxBatchSize: 0, dynamicBatching: { maxQueueDelayMs: 0 } }),
  ],
  [null, cell('ec2', 'g4dn.xlarge', 'triton', { ...trt, maxBatchSize: 0 })],
  ['neuron-on-local', cell('local', 'local-1c', 'neuron', { mode: 'data-parallel', cores: 'all' })],
  ['neuron-needs-inf1', cell('ec2', 'inf2.xlarge', 'neuron', { mode: 'data-parallel', cores: 2 })],
  ['neuron-needs-inf1', cell('ec2', 'g4dn.xlarge', 'neuron', { mode: 'data-parallel', cores: 'all' })],
  [null, cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'data-parallel', cores: 4 })],
  ['neuron-cores-exceed-chip', cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'data-parallel', cores: 5 })],
  ['neuron-cores-exceed-chip', cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'pipeline', cores: 8 })],
  [null, cell('ec2', 'inf1.6xlarge', 'neuron', { mode: 'pipeline', cores: 16 })],
  ['neuron-pipeline-cores', cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'pipeline', cores: 3 })],
  ['neuron-pipeline-cores', cell('ec2', 'inf1.24xlarge', 'neuron', { mode: 'pipeline', cores: 64 })],
  [null, cell('local', 'local-1c', 'onnxruntime', { threads: 1 })],
  [null, cell('ec2', 'c7g.large', 'torch', { precision: 'bf16', threads: 2 })],
  ['bf16-needs-graviton3', cell('ec2', 'c6g.large', 'torch', { precision: 'bf16', threads: 2 })],
  ['threads-exceed-cores', cell('local', 'local-1c', 'onnxruntime', { threads: 2 })],
  ['cpu-runtime-on-accelerator', cell('ec2', 'g4dn.xlarge', 'torch', { threads: 1 })],
  ['local-cores-cover-client', cell('local', 'local-2c', 'reference', {}, { cores: 2 })],
  ['local-cores-cover-client', cell('local', 'local-2c', 'reference', {}, { cores: 2, localCores: 1 })],
  [null, cell('local', 'local-1c', 'reference', {}, { localCores: 1 })],
  ['onnx-needs-onnx-model', cell('local', 'local-1c', 'onnxruntime', {}, pt)],
  [null, cell('local', 'local-1c', 'onnxruntime', {}, onnx)],
  [null, cell('local', 'local-1c', 'triton', { ...ort, backend: 'python' })],
  ['triton-takes-tensors', cell('local', 'local-1c', 'triton', { ...ort, backend: 'python' }, texts)],
  [null, cell('local', 'local-1c', 'triton', { ...ort, backend: 'python', frontWorkers: 2 })],
  [null, cell('local', 'local-1c', 'triton', { ...ort, backend: 'python', frontWorkers: 2 }, texts)],
  [null, cell('ec2', 'g4dn.xlarge', 'triton', { ...ort, frontWorkers: 2 }, texts)],
  ['graph-optimization-needs-python', cell('ec2', 'g4dn.xlarge', 'triton', { ...ort, graphOptimization: 'disabled' })],
  ['fastertransformer-needs-gpu', cell('ec2', 'c7i.large', 'triton', { ...trt, backend: 'fastertransformer' })],
  [null, cell('ec2', 'g4dn.xlarge', 'triton', { ...trt, backend: 'fastertransformer' })],
  ['neuron-workers-share-cores', cell('ec2', 'inf1.xlarge', 'neuron', { ...dataParallel, cores: 4, workers: 3 })],
  ['neuron-workers-share-cores', cell('ec2', 'inf1.xlarge', 'neuron', { ...dataParallel, cores: 4, workers: 8 })],
  [null, cell('ec2', 'inf1.xlarge', 'neuron', { ...dataParallel, cores: 4, workers: 4 })],
  ['neuron-pipeline-cores', cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'pipeline', cores: 4, workers: 4 })],
  ['neuron-seq2seq-batch', cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'seq2seq', cores: 4, batch: 6 })],
  [null, cell('ec2', 'inf1.xlarge', 'neuron', { mode: 'seq2seq', cores: 4, batch: 1 })],
  [null, cell('ec2', 'g4dn.xlarge', 'torch', onGpu)],
  [null, cell('ec2', 'g4dn.xlarge', 'torch', { ...onGpu, mode: 'compile', precision: 'bf16' })],
  [null, cell('ec2', 'g4dn.xlarge', 'transformers', { ...workers, device: 'cuda', precision: 'fp16' })],
  [null, cell('ec2', 'g4dn.xlarge', 'onnxruntime', { provider: 'cuda' })],
  [null, cell('local', 'local-1c', 'transformers', { device: 'cpu', precision: 'bf16' })],
  ['cpu-runtime-on-accelerator', cell('ec2', 'g4dn.xlarge', 'torch', { device: 'cpu' })],
  ['cpu-runtime-on-accelerator', cell('ec2', 'g4dn.xlarge', 'onnxruntime', { provider: 'cpu' })],
  ['cpu-runtime-on-accelerator', cell('ec2', 'g4dn.xlarge', 'transformers', { ...workers, device: 'cpu' })],
  ['cpu-runtime-on-accelerator', cell('ec2', 'inf1.xlarge', 'transformers', { ...workers, device: 'cpu' })],
  ['cuda-needs-gpu', cell('ec2', 'inf1.xlarge', 'transformers', { ...workers, device: 'cuda' })],
  ['cuda-needs-gpu', cell('ec2', 'c7i.large', 'torch', { device: 'cuda' })],
  ['cuda-needs-gpu', cell('local', 'local-1c', 'torch', { device: 'cuda' })],
  ['cuda-needs-gpu', cell('local', 'local-1c', 'onnxruntime', { provider: 'cuda' })],
  ['half-precision-needs-cuda', cell('ec2', 'c7i.large', 'transformers', { device: 'cpu', precision: 'fp16' })],
  ['half-precision-needs-cuda', cell('local', 'local-1c', 'torch', { device: 'cpu', precision: 'fp16' })],
  ['half-precision-needs-cuda', cell('ec2', 'g4dn.xlarge', 'torch', { device: 'cpu', precision: 'fp16' })],
  ['bf16-needs-graviton3', cell('ec2', 'c6g.large', 'transformers', { precision: 'bf16' })],
  ['shapes-need-compile', cell('local', 'local-1c', 'torch', { mode: 'eager', shapes: '1x8' })],
  ['shapes-need-compile', cell('local', 'local-1c', 'torch', { mode: 'torchscript', shapes: '1x8' })],
  [null, cell('local', 'local-1c', 'torch', { mode: 'compile', shapes: '1x8' })],
  [null, cell('local', 'local-1c', 'torch', { mode: 'eager', shapes: 'dynamic' })],
  ['trace-keeps-precision', cell('local', 'local-1c', 'torch', { ...traced, precision: 'bf16' })],
  ['batch-needs-in-process', cell('local', 'local-1c', 'torch', { ...traced, batch: 64 })],
  [null, cell('ec2', 'g4dn.xlarge', 'torch', { ...onGpu, batch: 64 }, { inProcess: true })],
  [null, cell('local', 'local-1c', 'torch', { ...traced, batch: 1 })],
  ['torch-needs-checkpoint', cell('local', 'local-1c', 'torch', { ...traced, mode: 'eager' }, onnx)],
  ['torch-needs-checkpoint', cell('local', 'local-1c', 'torch', { ...traced, mode: 'eager' }, pt)],
  ['torch-needs-checkpoint', cell('local', 'local-1c', 'torch', { ...traced, mode: 'compile' }, pt)],
  ['torch-needs-checkpoint', cell('local', 'local-1c', 'torch', traced, pt)],
  ['torch-needs-checkpoint', cell('local', 'local-1c', 'transformers', {}, pt)],
  [
    null,
    cell('ec2', 'c7i.large', 'torch', { ...traced, mode: 'eager' }, { model: { source: 's3://b/m/', isFolder: null } }),
  ],
  ['batching-across-workers', cell('local', 'local-1c', 'onnxruntime', { workers: 4, dynamicBatching: batches })],
  [null, cell('local', 'local-1c', 'onnxruntime', { workers: 1, dynamicBatching: batches })],
  [null, cell('local', 'local-1c', 'onnxruntime', { workers: 4, dynamicBatching: false })],
  ['neuron-split-needs-data-parallel', cell('ec2', 'inf1.xlarge', 'neuron', { ...pipeline, dispatch: 'split' })],
  [null, cell('ec2', 'inf1.xlarge', 'neuron', { ...dataParallel, cores: 4, dispatch: 'split' })],
  ['neuron-pipeline-threads', cell('ec2', 'inf1.xlarge', 'neuron', { ...pipeline, threadsPerCore: 1 })],
  [null, cell('ec2', 'inf1.xlarge', 'neuron', { ...pipeline, threadsPerCore: 2 })],
  ['torchbench-is-a-batch-job', cell('sagemaker', 'ml.c7g.xlarge', 'torchbench', { mode: 'eager' })],
  ['torchbench-is-a-batch-job', cell('local', 'local-1c', 'torchbench', { mode: 'eager' })],
  [null, cell('ec2', 'c7g.4xlarge', 'torchbench', { mode: 'eager' })],
];

describe('compatibility', () => {
  it.each(rows)('%s', (rule, input) => {
    expect(exclusionOf(input)?.rule ?? null).toBe(rule);
  });

  it('every objection says what to change', () => {
    for (const [rule, input] of rows) {
      if (rule !== null) expect(exclusionOf(input)!.fix).toMatch(/use|set|give/);
    }
  });

  it('every rule objects in some row above', () => {
    for (const rule of rules) expect(rows.some(([, input]) => rule(input) !== null)).toBe(true);
  });
});
