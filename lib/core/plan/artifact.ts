/** Prepared artifacts: what makes two of them the same, what stands in their manifest, and who may load them. */
import * as z from 'zod';
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Sha256 } from './facts.ts';
import type { Preparation } from './plan.ts';
import type { PreparationKind } from './preparation-kind.ts';

export interface ArtifactParts {
  /** Of the model's content. */
  modelSha256: string;
  /** Stands for the runtime as well: those that load one kind share it. */
  kind: PreparationKind;
  /** Of the image that makes it; on this machine the hash of the script and its environment's lock. */
  makerSha256: string;
  /** Compute capability of a GPU, or the number of NeuronCores; null on a CPU. */
  device: string | null;
  /** Shapes, precision and flags that are compiled in. */
  settings: Preparation['settings'];
}

/** Two artifacts of one identity are interchangeable; a difference in anything makes another one. */
export function artifactIdentity(parts: ArtifactParts, sha256: Sha256): string {
  return sha256(canonicalJson(parts));
}

const deviceSchema = z.looseObject({
  name: z.string(),
  computeCapability: z.string().nullable(),
  neuronCores: z.int().nullable(),
});

/** `manifest.json` beside an artifact, written last by the script that made it. It holds more than is read here. */
export const manifestSchema = z.looseObject({
  /** null or absent: any CPU. */
  device: deviceSchema.nullish(),
  versions: z.record(z.string(), z.string()).default({}),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A machine that is asked to load an artifact. */
export interface Device {
  /** Accelerator as the catalog names it; null for a CPU. */
  name: string | null;
  computeCapability: string | null;
  neuronCores: number | null;
  /** null where there is none. */
  tensorRt: string | null;
}

export const cpu: Device = { name: null, computeCapability: null, neuronCores: null, tensorRt: null };

/** Why a machine must not load an artifact; null when it may. A wrong engine fails late, or serves wrong numbers. */
export function mismatch(manifest: Manifest, device: Device): string | null {
  const made = manifest.device ?? null;
  if (made === null) return null;
  // Weights that any GPU reads are made for `nvidia`, an engine for `nvidia-t4`.
  const named = device.name === made.name || (!made.name.includes('-') && device.name?.startsWith(`${made.name}-`));
  if (!named) {
    return `it was made for ${made.name}, and this is ${device.name ?? 'a CPU'}`;
  }
  if (made.computeCapability !== null && made.computeCapability !== device.computeCapability) {
    return `it was built for compute capability ${made.computeCapability}, and this GPU has ${device.computeCapability ?? 'an unknown one'}`;
  }
  if (made.neuronCores !== null && (device.neuronCores ?? 0) < made.neuronCores) {
    return `it takes ${made.neuronCores} NeuronCores, and there are ${device.neuronCores ?? 0}`;
  }
  const tensorRt = manifest.versions['tensorrt'] ?? null;
  if (tensorRt !== null && tensorRt !== device.tensorRt) {
    return `it was built by TensorRT ${tensorRt}, and here is ${device.tensorRt ?? 'none'}`;
  }
  return null;
}
