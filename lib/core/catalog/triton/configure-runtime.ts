/** From one planned configuration of the `triton` runtime to the model configuration that it means. */
import type { Parameters } from '../../plan/plan.ts';
import { backendConfig, type ConfiguredBackend } from './backend-config.ts';
import { type FasterTransformerModel, fasterTransformerConfig } from './fastertransformer-config.ts';
import type { DynamicBatching, ModelConfig } from './model-config.ts';
import type { ModelShape } from './model-shape.ts';

function batchingOf(value: Parameters[string] | undefined): DynamicBatching | null {
  if (typeof value !== 'object' || value === null) return null;
  return { maxQueueDelayMicroseconds: Math.round(Number(value['maxQueueDelayMs'] ?? 0) * 1000) };
}

/** @param shape of the prepared model; not asked of FasterTransformer, whose interface is fixed. */
export function configureTriton(
  parameters: Parameters,
  o: { name: string; shape: ModelShape; device: 'gpu' | 'cpu'; extra?: Readonly<Record<string, string>> },
): ModelConfig {
  const maxBatchSize = Number(parameters['maxBatchSize']);
  const dynamicBatching = batchingOf(parameters['dynamicBatching']);
  if (parameters['backend'] === 'fastertransformer') {
    const model = parameters['model'] as FasterTransformerModel;
    return fasterTransformerConfig({ name: o.name, model, maxBatchSize, batching: dynamicBatching !== null });
  }
  return backendConfig(parameters['backend'] as ConfiguredBackend, {
    name: o.name,
    shape: o.shape,
    maxBatchSize,
    instanceCount: Number(parameters['instanceCount']),
    device: o.device,
    dynamicBatching,
    ...(o.extra ? { parameters: o.extra } : {}),
  });
}
