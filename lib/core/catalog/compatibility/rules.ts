/** All rules, in the order in which they are asked; the first that objects names the skipped row. */
import { torchbenchIsABatchJob } from './batch-job-rules.ts';
import { bf16NeedsGraviton3, cpuRuntimeOnAccelerator, threadsExceedCores } from './cpu-rules.ts';
import { cudaNeedsGpu, halfPrecisionNeedsCuda } from './cuda-rules.ts';
import { imageRuntimeOnLocal, localCoresCoverClient } from './local-rules.ts';
import { onnxNeedsOnnxModel, torchNeedsCheckpoint } from './model-rules.ts';
import {
  neuronCoresExceedChip,
  neuronNeedsInf1,
  neuronPipelineCores,
  neuronPipelineThreads,
  neuronSeq2seqBatch,
  neuronSplitNeedsDataParallel,
} from './neuron-rules.ts';
import type { Cell, Exclusion, Rule } from './rule.ts';
import { batchNeedsInProcess, shapesNeedCompile, traceKeepsPrecision } from './torch-rules.ts';
import {
  batchingWithoutBatchSize,
  fasterTransformerNeedsGpu,
  fp16NeedsGpu,
  graphOptimizationNeedsPython,
  tensorrtNeedsGpu,
  tritonNeedsX86,
  tritonTakesTensors,
} from './triton-rules.ts';
import { batchingAcrossWorkers, neuronWorkersShareCores } from './worker-rules.ts';

export const rules: readonly Rule[] = [
  localCoresCoverClient,
  torchbenchIsABatchJob,
  imageRuntimeOnLocal,
  neuronNeedsInf1,
  neuronPipelineCores,
  neuronCoresExceedChip,
  neuronWorkersShareCores,
  neuronPipelineThreads,
  neuronSeq2seqBatch,
  neuronSplitNeedsDataParallel,
  tensorrtNeedsGpu,
  tritonNeedsX86,
  fasterTransformerNeedsGpu,
  fp16NeedsGpu,
  cudaNeedsGpu,
  halfPrecisionNeedsCuda,
  graphOptimizationNeedsPython,
  tritonTakesTensors,
  batchingWithoutBatchSize,
  batchingAcrossWorkers,
  cpuRuntimeOnAccelerator,
  threadsExceedCores,
  bf16NeedsGraviton3,
  onnxNeedsOnnxModel,
  torchNeedsCheckpoint,
  shapesNeedCompile,
  traceKeepsPrecision,
  batchNeedsInProcess,
];

/** Why a cell cannot run; null when it can. */
export function exclusionOf(cell: Cell): Exclusion | null {
  for (const rule of rules) {
    const exclusion = rule(cell);
    if (exclusion) return exclusion;
  }
  return null;
}
