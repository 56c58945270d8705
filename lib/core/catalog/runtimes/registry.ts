/** Every runtime of this release, in the order in which they are listed to users. */
import { emulated } from './emulated.ts';
import { neuron } from './neuron.ts';
import { onnxruntime } from './onnxruntime.ts';
import type { Runtime } from './parameter.ts';
import { reference } from './reference.ts';
import { torch } from './torch.ts';
import { transformers } from './transformers.ts';
import { triton } from './triton.ts';

export const runtimes = { reference, emulated, onnxruntime, torch, transformers, triton, neuron } as const;

export type RuntimeName = keyof typeof runtimes;
export const runtimeNames = Object.keys(runtimes) as RuntimeName[];

/** The declaration of a runtime, without the types of its own parameters. */
export function runtimeOf(name: RuntimeName): Runtime {
  return runtimes[name];
}
