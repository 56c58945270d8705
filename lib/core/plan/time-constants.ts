/**
 * How long things take that no measurement has told yet. Estimates only: nothing is timed out by them but the worst case,
 * which is what a run reserves.
 */
import type { Preparation, TargetName } from './plan.ts';

export interface TargetTimes {
  /** From the request to the first healthy answer. */
  deploySeconds: number;
  teardownSeconds: number;
  /** Until a running deployment serves under other settings of its queue; null where the target changes none in place. */
  reloadSeconds: number | null;
  /** Longest that a deployment may hang in creation and be billed, beyond the doubled expectation. */
  stuckSeconds: number;
  /** Shortest time that is billed. */
  minimumBilledSeconds: number;
  /** Between two looks at what is under way. */
  lookSeconds: number;
  /** Until a generator that is started once more sends its first request. */
  generatorSeconds: number;
  /** A start that takes longer has failed. */
  startLimitSeconds: number;
}

export const TARGET_TIMES: Record<TargetName, TargetTimes> = {
  local: {
    deploySeconds: 3,
    teardownSeconds: 1,
    reloadSeconds: 1,
    stuckSeconds: 60,
    minimumBilledSeconds: 0,
    lookSeconds: 1,
    generatorSeconds: 1,
    startLimitSeconds: 300,
  },
  // 260 s on ml.g5.xlarge with a warm image, 381 s P50 on ml.g4dn.xlarge with a cold one.
  sagemaker: {
    deploySeconds: 360,
    teardownSeconds: 120,
    reloadSeconds: null,
    stuckSeconds: 3600,
    minimumBilledSeconds: 60,
    lookSeconds: 15,
    generatorSeconds: 60,
    startLimitSeconds: 1800,
  },
  ec2: {
    deploySeconds: 240,
    teardownSeconds: 90,
    reloadSeconds: null,
    stuckSeconds: 600,
    minimumBilledSeconds: 60,
    lookSeconds: 10,
    generatorSeconds: 60,
    startLimitSeconds: 900,
  },
};

/** Golden outputs, once for each deployment. */
export const CHECK_SECONDS = 2;

/** Without installing the environment, which happens once for a machine. */
export const PREPARE_SECONDS: Record<Preparation['kind'], number> = {
  file: 1,
  'onnx-export': 40,
  'torchscript-trace': 20,
  // 70 minutes for bert-large in source 002's log, TensorRT 8; nothing newer has been timed here.
  'tensorrt-engine': 4200,
  'torch-tensorrt': 1200,
  'fastertransformer-conversion': 300,
  // 4 minutes for BERT-base at batch 6 on inf1.2xlarge in source 000.
  'neuron-data-parallel': 240,
  'neuron-pipeline': 600,
  't5-split': 600,
};

/** Everything may take twice as long as expected before its deadline ends it. */
export const WORST_CASE_FACTOR = 2;
