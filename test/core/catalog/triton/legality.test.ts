import { describe, expect, it } from 'vitest';
import { backendConfig } from '../../../../lib/core/catalog/triton/backend-config.ts';
import { TENSORRT_VERSION, trtexecArguments } from '../../../../lib/core/catalog/triton/engine-build.ts';
import { ensembleConfig } from '../../../../lib/core/catalog/triton/ensemble-config.ts';
import { fasterTransformerConfig } from '../../../../lib/core/catalog/triton/fastertransformer-config.ts';
import { illegalities } from '../../../../lib/core/catalog/triton/legality.ts';
import type { ModelConfig } from '../../../../lib/core/catalog/triton/model-config.ts';
import { configTensor, flattened } from '../../../../lib/core/catalog/triton/model-shape.ts';
import { pbtxt } from '../../../../lib/core/catalog/triton/pbtxt.ts';
import { bertLarge } from '../../../support/triton-configs.ts';

const good = (changes: Partial<ModelConfig> = {}): ModelConfig => ({
  ...backendConfig('tensorrt', {
    name: 'm',
    shape: bertLarge,
    maxBatchSize: 16,
    instanceCount: 1,
    device: 'gpu',
    dynamicBatching: null,
  }),
  ...changes,
});
const ft = fasterTransformerConfig({ name: 'ft', model: 'bert', maxBatchSize: 16, batching: true });

describe('illegalities', () => {
  it('finds none where there is none', () => {
    expect(illegalities(good())).toEqual([]);
    expect(illegalities(good(), 16)).toEqual([]);
    expect(illegalities(ft)).toEqual([]);
  });

  it.each<[string, ModelConfig, number | null, string]>([
    ['batching without a batch axis', good({ maxBatchSize: 0, dynamicBatching: {} }), null, 'max_batch_size 0'],
    ['a preferred size above the maximum', good({ dynamicBatching: { preferredBatchSizes: [8, 17] } }), null, '17'],
    ['a preferred size of nothing', good({ dynamicBatching: { preferredBatchSizes: [0] } }), null, 'within 1 to 16'],
    ['more than the engine takes', good(), 8, 'built for (8)'],
    ['a response cache', good({ responseCache: true }), null, 'response_cache'],
    ['no backend', good({ platform: undefined as never }), null, 'a platform or a backend'],
    ['two', good({ backend: 'python' }), null, 'not both'],
    ['FasterTransformer on a GPU', { ...ft, instanceGroup: { count: 1, kind: 'KIND_GPU' } }, null, 'KIND_CPU'],
    ['TorchScript by name', good({ platform: 'pytorch_libtorch' }), null, 'position in the call'],
    ['no instance', good({ instanceGroup: { count: 0, kind: 'KIND_GPU' } }), null, 'count of 1'],
    ['an ensemble that runs', good({ platform: 'ensemble' }), null, 'no instance_group'],
    [
      'ragged batches for an engine',
      good({ input: [{ name: 'x', datatype: 'INT32', dims: [-1], allowRaggedBatch: true }] }),
      null,
      'allow_ragged_batch',
    ],
  ])('finds %s', (_, config, engine, words) => {
    expect(illegalities(config, engine).join('; ')).toContain(words);
  });
});

describe('shapes', () => {
  it('lose the batch axis where Triton batches, and keep it where it does not', () => {
    const tensor = { name: 'x', datatype: 'FP32', shape: [-1, 512, 1024] } as const;
    expect(configTensor(tensor, 8).dims).toEqual([512, 1024]);
    expect(configTensor({ ...tensor, shape: [1, 40] }, 0).dims).toEqual([1, 40]);
    expect(configTensor({ ...tensor, shape: [-1] }, 8)).toMatchObject({ dims: [1], reshape: [] });
  });

  it('that take fewer items than a batch holds are refused', () => {
    const fixed = (batch: number) => ({ name: 'x', datatype: 'FP32', shape: [batch, 4] }) as const;
    expect(() => configTensor(fixed(1), 8)).toThrow('takes 1 items at once and maxBatchSize is 8');
    expect(configTensor(fixed(16), 16).dims).toEqual([4]);
  });

  it('flatten to their product', () => {
    const flat = (shape: number[]) => flattened({ name: 'x', datatype: 'FP32', shape }).shape;
    expect(flat([1, 40, 45])).toEqual([1, 1800]);
    expect(flat([-1, 40, 45])).toEqual([-1, 1800]);
    expect(flat([1, -1, 45])).toEqual([1, -1]);
    expect(flat([1])).toEqual([1, 1]);
  });
});

describe('an ensemble', () => {
  const part = (input: string, output: string) =>
    ensembleConfig({
      name: 'e',
      maxBatchSize: 1,
      input: [{ name: 'in', datatype: 'FP32', dims: [1] }],
      output: [{ name: 'out', datatype: 'FP32', dims: [1] }],
      steps: [{ modelName: 'a', inputMap: { x: input }, outputMap: { y: output } }],
    });
  it('is joined, or refused', () => {
    expect(illegalities(part('in', 'out'))).toEqual([]);
    expect(() => part('nothing', 'out')).toThrow('reads "nothing"');
    expect(() => part('in', 'aside')).toThrow('"out" is written by no step');
  });
});

describe('trtexec', () => {
  const build = { tensorrt: TENSORRT_VERSION, precision: 'fp16', maxBatchSize: 16, workspaceMib: 8192 } as const;
  const inputs = [
    { name: 'token_ids', length: 512 },
    { name: 'attn_mask', length: 512 },
  ];
  it('builds for what is served and no more', () => {
    const args = trtexecArguments({ ...build, inputs });
    expect(args).toContain('--fp16');
    expect(args).toContain('--maxShapes=token_ids:16x512,attn_mask:16x512');
    expect(args).toContain('--memPoolSize=workspace:8192');
  });
  it('has no --fp16 from TensorRT 11 on', () => {
    expect(() => trtexecArguments({ ...build, inputs, tensorrt: '11.1.0' })).toThrow('has no --fp16');
    expect(trtexecArguments({ ...build, inputs, tensorrt: '11.1.0', precision: 'fp32' })).not.toContain('--fp16');
    expect(() => trtexecArguments({ ...build, inputs, maxBatchSize: 0 })).toThrow(RangeError);
  });
});

it('prints no control characters', () => {
  expect(() => pbtxt(good({ parameters: { path: 'a\nb' } }))).toThrow('control character');
});
