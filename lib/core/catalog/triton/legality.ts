/** What Triton would refuse at load, or take and do something else: found before anything is deployed. */
import type { ModelConfig } from './model-config.ts';

type Check = (config: ModelConfig, engineMaxBatchSize: number | null) => string | null;

const platformOrBackend: Check = ({ platform, backend }) =>
  (platform === undefined) === (backend === undefined) ? 'needs a platform or a backend, and not both' : null;

/** With 0 the batch axis belongs to the model, and Triton has nothing to batch along. */
const batchingNeedsBatchAxis: Check = ({ maxBatchSize, dynamicBatching }) =>
  maxBatchSize === 0 && dynamicBatching !== null ? 'max_batch_size 0 and dynamic_batching exclude each other' : null;

const preferredWithinMaximum: Check = ({ maxBatchSize, dynamicBatching }) => {
  const above = dynamicBatching?.preferredBatchSizes?.filter((n) => n < 1 || n > maxBatchSize) ?? [];
  return above.length > 0 ? `preferred_batch_size ${above.join(', ')} is not within 1 to ${maxBatchSize}` : null;
};

const withinEngine: Check = ({ maxBatchSize }, engine) =>
  engine !== null && maxBatchSize > engine
    ? `max_batch_size ${maxBatchSize} is more than the engine was built for (${engine})`
    : null;

const fasterTransformerOnCpuKind: Check = ({ backend, instanceGroup }) =>
  backend === 'fastertransformer' && instanceGroup?.kind !== 'KIND_CPU'
    ? 'fastertransformer needs KIND_CPU: the backend takes control of the GPUs itself'
    : null;

const noResponseCache: Check = ({ responseCache }) =>
  responseCache ? 'response_cache would answer repeated inputs from memory: leave it off' : null;

const torchNamesInOrder: Check = ({ platform, input, output }) => {
  if (platform !== 'pytorch_libtorch') return null;
  const wrong = [input, output].flatMap((list) => list.filter(({ name }, i) => !name.endsWith(`__${i}`)));
  return wrong.length > 0 ? `${wrong[0]!.name} must end in its position in the call, such as input__0` : null;
};

const atLeastOneInstance: Check = ({ instanceGroup, platform }) => {
  if (platform === 'ensemble') return instanceGroup === null ? null : 'an ensemble has no instance_group';
  return instanceGroup !== null && instanceGroup.count >= 1 ? null : 'instance_group needs a count of 1 or more';
};

const raggedOnlyForPython: Check = ({ backend, input }) =>
  backend !== 'python' && input.some(({ allowRaggedBatch }) => allowRaggedBatch)
    ? 'allow_ragged_batch needs a backend that sees each request by itself'
    : null;

const checks: readonly Check[] = [
  platformOrBackend,
  batchingNeedsBatchAxis,
  preferredWithinMaximum,
  withinEngine,
  fasterTransformerOnCpuKind,
  noResponseCache,
  torchNamesInOrder,
  atLeastOneInstance,
  raggedOnlyForPython,
];

/** Everything that is wrong with a configuration. @param engineMaxBatchSize what a TensorRT engine was built for. */
export function illegalities(config: ModelConfig, engineMaxBatchSize: number | null = null): string[] {
  return checks.flatMap((check) => check(config, engineMaxBatchSize) ?? []);
}
