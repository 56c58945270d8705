import { describe, expect, it } from 'vitest';
import {
  type ArtifactParts,
  artifactIdentity,
  cpu,
  type Device,
  manifestSchema,
  mismatch,
} from '../../../lib/core/plan/artifact.ts';
import { sha256 } from '../../support/experiments.ts';

const t4: Device = { name: 'nvidia-t4', computeCapability: '7.5', neuronCores: null, tensorRt: '10.13.3' };
const inf1: Device = { name: 'aws-inferentia', computeCapability: null, neuronCores: 4, tensorRt: null };

const engine = manifestSchema.parse({
  kind: 'tensorrt-engine',
  device: { name: 'nvidia-t4', computeCapability: '7.5', neuronCores: null },
  versions: { tensorrt: '10.13.3' },
});
const pipeline = manifestSchema.parse({ device: { name: 'aws-inferentia', computeCapability: null, neuronCores: 16 } });
const converted = manifestSchema.parse({ device: { name: 'nvidia', computeCapability: null, neuronCores: null } });

describe('an artifact', () => {
  it('is loaded where it was made for, and on any CPU when made for none', () => {
    expect(mismatch(engine, t4)).toBeNull();
    expect(mismatch(pipeline, { ...inf1, neuronCores: 16 })).toBeNull();
    expect(mismatch(converted, t4)).toBeNull();
    expect(mismatch(manifestSchema.parse({ artifact: 'model.onnx' }), cpu)).toBeNull();
  });

  it.each([
    ['on a CPU', engine, cpu, 'it was made for nvidia-t4, and this is a CPU'],
    ['on another GPU', engine, { ...t4, name: 'nvidia-a10g' }, 'it was made for nvidia-t4, and this is nvidia-a10g'],
    [
      'at another compute capability',
      engine,
      { ...t4, computeCapability: '8.6' },
      /capability 7\.5, and this GPU has 8\.6/,
    ],
    ['of another TensorRT', engine, { ...t4, tensorRt: '10.14.1' }, /TensorRT 10\.13\.3, and here is 10\.14\.1/],
    ['without TensorRT', engine, { ...t4, tensorRt: null }, /and here is none/],
    ['over fewer cores', pipeline, inf1, 'it takes 16 NeuronCores, and there are 4'],
    ['of a GPU on Inferentia', converted, inf1, /made for nvidia, and this is aws-inferentia/],
    ['of inf1 on inf2', pipeline, { ...inf1, name: 'aws-inferentia2', neuronCores: 24 }, /and this is aws-inferentia2/],
  ])('is refused %s', (_, manifest, device, why) => {
    expect(mismatch(manifest, device)).toMatch(why);
  });

  it('has an identity that every part changes and the order of settings does not', () => {
    const parts: ArtifactParts = {
      modelSha256: 'a',
      kind: 'tensorrt-engine',
      makerSha256: 'b',
      device: '7.5',
      settings: { precision: 'fp16', maxBatch: 16 },
    };
    const identity = (change: Partial<ArtifactParts>) => artifactIdentity({ ...parts, ...change }, sha256);
    const changes: Partial<ArtifactParts>[] = [
      {},
      { modelSha256: 'c' },
      { kind: 'torch-tensorrt' },
      { makerSha256: 'c' },
      { device: '8.6' },
      { device: null },
      { settings: { precision: 'fp32', maxBatch: 16 } },
    ];
    expect(new Set(changes.map(identity)).size).toBe(changes.length);
    expect(identity({ settings: { maxBatch: 16, precision: 'fp16' } })).toBe(identity({}));
  });
});
