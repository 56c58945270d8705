/** Rules for the runtimes that our own server carries on a CPU. */
import { usesCuda } from './cuda-rules.ts';
import type { Rule } from './rule.ts';

const cpuRuntimes: readonly string[] = ['reference', 'emulated', 'onnxruntime', 'torch', 'transformers'];

/** What computes on the CPU would leave an accelerator beside it paid for and idle. */
export const cpuRuntimeOnAccelerator: Rule = ({ runtime, parameters, instance, instanceType }) => {
  if (!cpuRuntimes.includes(runtime) || !instance?.accelerator || usesCuda(parameters)) return null;
  const { name } = instance.accelerator;
  const runsThere = name.startsWith('nvidia-') ? gpuWay(runtime) : 'use neuron there';
  return {
    rule: 'cpu-runtime-on-accelerator',
    fix: `${runtime} runs on the CPU and would leave the ${name} of ${instanceType} idle: ${runsThere}, or a type without accelerator`,
  };
};

function gpuWay(runtime: string): string {
  if (runtime === 'onnxruntime') return 'set provider to cuda there';
  return runtime === 'torch' || runtime === 'transformers' ? 'set device to cuda there' : 'use triton there';
}

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
  (runtime === 'torch' || runtime === 'transformers') && parameters.precision === 'bf16' && instance?.family === 'c6g'
    ? { rule: 'bf16-needs-graviton3', fix: 'use c7g or newer, or precision fp32' }
    : null;
