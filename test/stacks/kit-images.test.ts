import { describe, expect, it } from 'vitest';
import { type BaseLock, kitImagesOf } from '../../lib/stacks/kit-images.ts';

const base = { registry: 'r', repository: 'x', tag: 't', digest: null, accounts: null, regions: null, frozen: false };
const accounts = { default: '763104351884', byRegion: {} };
const names = ['python', 'python-torchbench', 'node', 'pytorch', 'tritonserver'];
const lock: BaseLock = {
  accounts: { dlc: accounts },
  images: [
    ...names.map((name) => ({ ...base, name })),
    { ...base, name: 'sagemaker-tritonserver', registry: null, accounts: 'dlc' },
    { ...base, name: 'pytorch-neuron', registry: null, accounts: 'dlc', regions: ['us-east-1'], frozen: true },
  ],
};

describe('kitImagesOf', () => {
  const images = new Map(kitImagesOf(lock).map((image) => [image.name, image]));

  it('has one name for each image', () => {
    expect(images.size).toBe(kitImagesOf(lock).length);
  });

  it('builds for SageMaker as root, for every other host not', () => {
    expect(images.get('cpu-sagemaker')).toMatchObject({
      dockerfile: 'images/cpu.Dockerfile',
      buildArguments: { RUN_AS: 'root' },
    });
    for (const [name, { buildArguments }] of images)
      expect(buildArguments?.['RUN_AS'] === 'root').toBe(name.endsWith('-sagemaker'));
  });

  it('builds for Graviton on Graviton, and the load generator for both', () => {
    const arm = [...images.values()].filter(({ architecture }) => architecture === 'arm64').map(({ name }) => name);
    expect(arm).toEqual(['graviton', 'graviton-sagemaker', 'torchbench-arm64', 'loadgen-arm64']);
    expect(images.get('loadgen-amd64')?.architecture).toBe('amd64');
  });

  it('takes account and frozen from the lock', () => {
    expect(images.get('neuron')).toMatchObject({ frozen: true, base: { accounts, regions: ['us-east-1'] } });
    expect(images.get('cpu')).toMatchObject({ frozen: false, base: { accounts: null } });
  });

  it('names the base that the lock lacks', () => {
    expect(() => kitImagesOf({ ...lock, images: lock.images.slice(1) })).toThrow(
      /image "cpu" is built upon "python", which containers\/images.lock.json lacks. It has: python-torchbench, /,
    );
  });
});
