import { describe, expect, it } from 'vitest';
import type { RuntimeName } from '../../../lib/core/catalog/runtimes/registry.ts';
import { isUnknownModelFile, preparationKind } from '../../../lib/core/plan/preparation-kind.ts';
import { cloudExperiment, goodPlan } from '../../support/experiments.ts';

const folder = { source: 'checkpoint', isFolder: true };

describe('preparations', () => {
  it.each<[RuntimeName, object, { source: string; isFolder: boolean | null }, string]>([
    ['onnxruntime', {}, { source: 'm.onnx', isFolder: false }, 'file'],
    ['onnxruntime', {}, folder, 'onnx-export'],
    ['onnxruntime', {}, { source: 'odd.onnx', isFolder: true }, 'onnx-export'],
    ['torch', { mode: 'torchscript' }, { source: 'm.pt', isFolder: false }, 'file'],
    ['torch', { mode: 'torchscript' }, folder, 'torchscript-trace'],
    ['torch', { mode: 'eager' }, folder, 'file'],
    ['triton', { backend: 'tensorrt' }, folder, 'onnx-export'],
    ['triton', { backend: 'onnxruntime' }, folder, 'onnx-export'],
    ['triton', { backend: 'libtorch' }, folder, 'torchscript-trace'],
    ['triton', { backend: 'python' }, folder, 'onnx-export'],
    ['triton', { backend: 'fastertransformer' }, folder, 'file'],
    ['transformers', { mode: 'torchscript' }, folder, 'torchscript-trace'],
    ['neuron', {}, { source: 's3://b/m/', isFolder: null }, 'torchscript-trace'],
    ['reference', {}, folder, 'file'],
  ])('%s %j of %j is %s', (runtime, parameters, model, kind) => {
    expect(preparationKind(runtime, parameters as never, model)).toBe(kind);
  });

  it('knows files that no runtime reads', () => {
    expect(isUnknownModelFile({ source: 'm.h5', isFolder: false })).toBe(true);
    expect(isUnknownModelFile({ source: 'm.h5', isFolder: null })).toBe(false);
    expect(isUnknownModelFile({ source: 'm.onnx', isFolder: false })).toBe(false);
  });

  it('differ by what is built into them and by nothing else', () => {
    const count = (runtimes: Parameters<typeof cloudExperiment>[0] & object) =>
      goodPlan(cloudExperiment(runtimes)).preparations.length;
    expect(
      count({ runtimes: [{ triton: { backend: 'tensorrt', instanceCount: [1, 2], maxBatchSize: [4, 8] } }] }),
    ).toBe(1);
    expect(count({ runtimes: [{ triton: { backend: 'tensorrt', precision: ['fp16', 'fp32'] } }] })).toBe(2);
    expect(
      count({ targets: [{ ec2: { instanceTypes: ['inf1.xlarge'] } }], runtimes: [{ neuron: { batch: [1, 6] } }] }),
    ).toBe(2);
  });

  it('ask for cosine similarity of embeddings', () => {
    const task = 'sentence-embedding';
    const plan = goodPlan(
      cloudExperiment({
        model: { source: 's3://b/m/', inputs: 'i', task },
        runtimes: [{ triton: { backend: 'tensorrt' } }],
      }),
    );
    expect(plan.model.tolerance).toEqual({ atol: 1e-4, rtol: 1e-3, cosine: 0.999 });
  });
});
