/** All rules, in the order in which they are asked; the first that objects names the skipped row. */
import { bf16NeedsGraviton3, cpuRuntimeOnAccelerator, threadsExceedCores } from './cpu-rules.ts';
import { imageRuntimeOnLocal, localCoresCoverClient } from './local-rules.ts';
import { eagerNeedsCheckpoint, onnxNeedsOnnxModel, torchNeedsTorchModel } from './model-rules.ts';
import { neuronCoresExceedChip, neuronNeedsInf1, neuronPipelineCores } from './neuron-rules.ts';
import type { Cell, Exclusion, Rule } from './rule.ts';
import { batchingWithoutBatchSize, fp16NeedsGpu, tensorrtNeedsGpu, tritonNeedsX86 } from './triton-rules.ts';

export const rules: readonly Rule[] = [
  localCoresCoverClient,
  imageRuntimeOnLocal,
  neuronNeedsInf1,
  neuronPipelineCores,
  neuronCoresExceedChip,
  tensorrtNeedsGpu,
  tritonNeedsX86,
  fp16NeedsGpu,
  batchingWithoutBatchSize,
  cpuRuntimeOnAccelerator,
  threadsExceedCores,
  bf16NeedsGraviton3,
  onnxNeedsOnnxModel,
  torchNeedsTorchModel,
  eagerNeedsCheckpoint,
];

/** Why a cell cannot run; null when it can. */
export function exclusionOf(cell: Cell): Exclusion | null {
  for (const rule of rules) {
    const exclusion = rule(cell);
    if (exclusion) return exclusion;
  }
  return null;
}
