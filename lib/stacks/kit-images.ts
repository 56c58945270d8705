/** Which images the kit builds, and upon which bases of `containers/images.lock.json`. */
import type { BaseImage, KitImage } from '../constructs/kit-image.ts';

/** What is read of the lock. */
export interface BaseLock {
  readonly accounts: Readonly<Record<string, NonNullable<BaseImage['accounts']>>>;
  readonly images: readonly (Omit<BaseImage, 'accounts'> & {
    readonly name: string;
    /** Name in `accounts`. */
    readonly accounts: string | null;
    readonly frozen: boolean;
  })[];
}

interface Row {
  name: string;
  dockerfile: string;
  base: string;
  architecture?: 'arm64';
  /** SageMaker runs its containers as root. */
  sagemaker?: true;
}

const rows: readonly Row[] = [
  { name: 'cpu', dockerfile: 'cpu', base: 'python' },
  { name: 'cpu-sagemaker', dockerfile: 'cpu', base: 'python', sagemaker: true },
  { name: 'graviton', dockerfile: 'graviton', base: 'python', architecture: 'arm64' },
  { name: 'graviton-sagemaker', dockerfile: 'graviton', base: 'python', architecture: 'arm64', sagemaker: true },
  { name: 'gpu', dockerfile: 'gpu', base: 'pytorch' },
  { name: 'gpu-sagemaker', dockerfile: 'gpu', base: 'pytorch', sagemaker: true },
  { name: 'triton', dockerfile: 'triton', base: 'tritonserver' },
  { name: 'triton-sagemaker', dockerfile: 'triton', base: 'sagemaker-tritonserver', sagemaker: true },
  { name: 'neuron', dockerfile: 'neuron', base: 'pytorch-neuron' },
  { name: 'neuron-sagemaker', dockerfile: 'neuron', base: 'pytorch-neuron', sagemaker: true },
  { name: 'torchbench', dockerfile: 'torchbench', base: 'python-torchbench' },
  { name: 'torchbench-arm64', dockerfile: 'torchbench', base: 'python-torchbench', architecture: 'arm64' },
  { name: 'loadgen-amd64', dockerfile: 'loadgen', base: 'node' },
  { name: 'loadgen-arm64', dockerfile: 'loadgen', base: 'node', architecture: 'arm64' },
];

/** @throws when the lock lacks a base */
export function kitImagesOf(lock: BaseLock): KitImage[] {
  return rows.map(({ name, dockerfile, base, architecture, sagemaker }) => {
    const found = lock.images.find((image) => image.name === base);
    if (!found) {
      throw new Error(
        `image "${name}" is built upon "${base}", which containers/images.lock.json lacks. It has: ${lock.images.map((image) => image.name).join(', ')}.`,
      );
    }
    return {
      name,
      dockerfile: `images/${dockerfile}.Dockerfile`,
      architecture: architecture ?? 'amd64',
      base: { ...found, accounts: found.accounts === null ? null : (lock.accounts[found.accounts] ?? null) },
      buildArguments: sagemaker && { RUN_AS: 'root' },
      frozen: found.frozen,
    };
  });
}
