/** Rules for number formats. */
import type { Rule } from './rule.ts';

/** Half precision on a CPU is slow or unsupported; autocast to it likewise. */
export const halfPrecisionNeedsGpu: Rule = ({ runtime, parameters, instance, instanceType }) =>
  runtime === 'transformers' &&
  (parameters['precision'] === 'fp16' || parameters['precision'] === 'amp') &&
  !instance?.accelerator?.name.startsWith('nvidia-')
    ? { rule: 'half-precision-needs-gpu', fix: `${instanceType} has no GPU: use precision fp32 or bf16 there` }
    : null;
