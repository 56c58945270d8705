/** Rules for the runtimes of our own server that can compute on an NVIDIA GPU. */
import type { Parameters } from '../../plan/plan.ts';
import type { Rule } from './rule.ts';

/** What torch and transformers call a device, ONNX Runtime calls a provider. */
export function usesCuda({ device, provider }: Parameters): boolean {
  return device === 'cuda' || provider === 'cuda';
}

/** `local` included: the kit's own environments hold builds for CPUs. */
export const cudaNeedsGpu: Rule = ({ parameters, instance, instanceType }) => {
  if (!usesCuda(parameters) || instance?.accelerator?.name.startsWith('nvidia-')) return null;
  const way = parameters['provider'] === 'cuda' ? 'provider' : 'device';
  const there = instance?.accelerator ? 'use runtime neuron there' : `set ${way} to cpu there`;
  return {
    rule: 'cuda-needs-gpu',
    fix: `${instanceType} has no NVIDIA GPU: ${there}, or use a g4dn, g5 or g6 type`,
  };
};

/** fp16 is mixed precision of a GPU (torch.autocast); on a CPU it is slow or unsupported, and the server refuses it. */
export const halfPrecisionNeedsCuda: Rule = ({ runtime, parameters }) =>
  (runtime === 'torch' || runtime === 'transformers') && parameters['precision'] === 'fp16' && !usesCuda(parameters)
    ? {
        rule: 'half-precision-needs-cuda',
        fix: 'set device to cuda on a type with a GPU, or precision to fp32 or bf16',
      }
    : null;
