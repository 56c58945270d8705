/** Rules for the runtimes that our own server carries on a CPU. */
import type { Rule } from './rule.ts';

const cpuRuntimes: readonly string[] = ['reference', 'emulated', 'onnxruntime', 'torch'];

/** In this release our server executes on the CPU, so an accelerator beside it would be paid for and idle. */
export const cpuRuntimeOnAccelerator: Rule = ({ runtime, instance, instanceType }) =>
  cpuRuntimes.includes(runtime) && instance?.accelerator
    ? {
        rule: 'cpu-runtime-on-accelerator',
        fix: `${runtime} runs on the CPU and would leave the ${instance.accelerator.name} of ${instanceType} idle: use triton or neuron there, or a type without accelerator`,
      }
    : null;

/** More threads than cores makes every execution wait for its own threads (1 ms became 69 ms on a shared 2-core host). */
export const threadsExceedCores: Rule = ({ parameters, cores, instanceType }) =>
  typeof parameters.threads === 'number' && parameters.threads > cores
    ? {
        rule: 'threads-exceed-cores',
        fix: `set threads to at most ${cores} (the cores of ${instanceType}), or to auto`,
      }
    : null;

/** Graviton2 has no bf16 instructions, and emulating them measures the emulation. */
export const bf16NeedsGraviton3: Rule = ({ runtime, parameters, instance }) =>
  runtime === 'torch' && parameters.precision === 'bf16' && instance?.family === 'c6g'
    ? { rule: 'bf16-needs-graviton3', fix: 'use c7g or newer, or precision fp32' }
    : null;
