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
    ['triton', { backend: 'libtorch' }, { source: 'm.pt', isFolder: false }, 'file'],
    ['torch', { mode: 'torchscript' }, folder, 'torchscript-trace'],
    ['torch', { mode: 'eager' }, folder, 'file'],
    ['triton', { backend: 'tensorrt' }, folder, 'tensorrt-engine'],
    ['triton', { backend: 'tensorrt' }, { source: 'm.onnx', isFolder: false }, 'tensorrt-engine'],
    ['triton', { backend: 'torch-tensorrt' }, folder, 'torch-tensorrt'],
    ['triton', { backend: 'fastertransformer' }, folder, 'fastertransformer-conversion'],
    ['triton', { backend: 'onnxruntime' }, folder, 'onnx-export'],
    ['triton', { backend: 'libtorch' }, folder, 'torchscript-trace'],
    ['triton', { backend: 'python' }, folder, 'onnx-export'],
    ['transformers', {}, folder, 'file'],
    ['neuron', { mode: 'data-parallel' }, { source: 's3://b/m/', isFolder: null }, 'neuron-data-parallel'],
    ['neuron', { mode: 'pipeline' }, { source: 'm.pt', isFolder: false }, 'neuron-pipeline'],
    ['neuron', { mode: 'seq2seq' }, folder, 't5-split'],
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
    expect(count({ runtimes: [{ triton: { backend: 'tensorrt', instanceCount: [1, 2], maxBatchSize: 8 } }] })).toBe(1);
    // An engine reserves memory for its largest batch in every instance.
    expect(count({ runtimes: [{ triton: { backend: 'tensorrt', maxBatchSize: [4, 8] } }] })).toBe(2);
    expect(count({ runtimes: [{ triton: { backend: 'onnxruntime', maxBatchSize: [4, 8] } }] })).toBe(1);
    expect(count({ runtimes: [{ triton: { backend: 'tensorrt', precision: ['fp16', 'fp32'] } }] })).toBe(2);
    expect(
      count({ targets: [{ ec2: { instanceTypes: ['inf1.xlarge'] } }], runtimes: [{ neuron: { batch: [1, 6] } }] }),
    ).toBe(2);
  });

  it('share an engine between the sizes of a family, and never between two GPU models', () => {
    const engines = (...instanceTypes: string[]) =>
      goodPlan(cloudExperiment({ targets: [{ sagemaker: { instanceTypes } }] })).preparations;
    expect(engines('ml.g4dn.xlarge', 'ml.g4dn.12xlarge')).toMatchObject([
      { needs: 'g4dn.xlarge', device: 'nvidia-t4', settings: { precision: 'fp16', maxBatch: 8, tokens: 128 } },
    ]);
    expect(engines('ml.g4dn.xlarge', 'ml.g5.xlarge').map(({ needs }) => needs)).toEqual(['g4dn.xlarge', 'g5.xlarge']);
  });

  it('carry what is compiled in, and the machine that can', () => {
    const neuron = (parameters: object) =>
      goodPlan(
        cloudExperiment({
          targets: [{ ec2: { instanceTypes: ['inf1.xlarge', 'inf1.6xlarge'] } }],
          runtimes: [{ neuron: parameters }],
          model: { source: 's3://b/m/', inputs: 'i', tokenizer: { maxLength: 256, padding: 'max' } },
        }),
      ).preparations;
    // The same module on each core of either size.
    expect(neuron({ batch: 6, tokens: 256 })).toMatchObject([
      {
        kind: 'neuron-data-parallel',
        needs: 'c5.4xlarge',
        device: 'aws-inferentia',
        settings: { batch: 6, tokens: 256 },
      },
    ]);
    const cores = (parameters: object) => neuron(parameters).map(({ settings }) => settings['cores']);
    expect(cores({ mode: 'pipeline' })).toEqual([4, 16]);
    // Each of two workers holds a pipeline over half of the cores.
    expect(cores({ mode: 'pipeline', workers: 2 })).toEqual([2, 8]);
    expect(neuron({ mode: 'seq2seq', decoderTokens: 32 })[0]!.settings).toMatchObject({ decoderTokens: 32 });
  });

  it('need no machine of their own where any CPU will do', () => {
    const [preparation] = goodPlan(cloudExperiment({ runtimes: [{ triton: { backend: 'libtorch' } }] })).preparations;
    expect(preparation).toMatchObject({ kind: 'torchscript-trace', needs: null, device: null, settings: {} });
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
