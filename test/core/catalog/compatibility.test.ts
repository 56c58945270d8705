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
    ...more,
  };
}
const trt = { backend: 'tensorrt', precision: 'fp16', maxBatchSize: 8, dynamicBatching: false };
const ort = { backend: 'onnxruntime', precision: 'fp32', maxBatchSize: 8, dynamicBatching: false };
const texts = { model: { source: 'folder', isFolder: true, takesText: true } };
const dataParallel = { mode: 'data-parallel', batch: 1 };
const workers = { workers: 4, precision: 'fp32', dynamicBatching: false };
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
  ['torch-needs-torch-model', cell('local', 'local-1c', 'torch', { mode: 'eager' }, onnx)],
  ['eager-needs-checkpoint', cell('local', 'local-1c', 'torch', { mode: 'eager' }, pt)],
  [null, cell('local', 'local-1c', 'torch', { mode: 'torchscript' }, pt)],
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
  ['transformers-on-local', cell('local', 'local-1c', 'transformers', { mode: 'torchscript', batch: 1 })],
  ['transformers-on-local', cell('local', 'local-1c', 'transformers', { mode: 'eager', batch: 8 })],
  [null, cell('local', 'local-1c', 'transformers', { mode: 'eager', batch: 1 })],
  [null, cell('ec2', 'g4dn.xlarge', 'transformers', { ...workers, precision: 'amp' })],
  ['half-precision-needs-gpu', cell('ec2', 'c7i.large', 'transformers', { ...workers, precision: 'fp16' })],
  ['transformers-on-inferentia', cell('ec2', 'inf1.xlarge', 'transformers', workers)],
  ['batching-across-workers', cell('ec2', 'g4dn.xlarge', 'transformers', { ...workers, dynamicBatching: batches })],
  [null, cell('ec2', 'g4dn.xlarge', 'transformers', { workers: 1, dynamicBatching: batches })],
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
