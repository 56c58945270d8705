/** Configurations of Triton that tests compare and parse: those of the sources, and one of each kind. */
import { backendConfig } from '../../lib/core/catalog/triton/backend-config.ts';
import { configureTriton } from '../../lib/core/catalog/triton/configure-runtime.ts';
import { ensembleConfig } from '../../lib/core/catalog/triton/ensemble-config.ts';
import { fasterTransformerConfig } from '../../lib/core/catalog/triton/fastertransformer-config.ts';
import type { ModelConfig } from '../../lib/core/catalog/triton/model-config.ts';
import { flattened, type ModelShape } from '../../lib/core/catalog/triton/model-shape.ts';
import type { Parameters, Plan } from '../../lib/core/plan/plan.ts';

/** bert-large-uncased as source 002 exports it: 512 tokens in, 1,024 features each out. */
export const bertLarge: ModelShape = {
  inputs: [
    { name: 'token_ids', datatype: 'INT32', shape: [-1, 512] },
    { name: 'attn_mask', datatype: 'INT32', shape: [-1, 512] },
  ],
  outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 512, 1024] }],
};

/** Source 001's BERT: 40 tokens, 45 labels each; compiled for one text at a time (1), or traced for any number (-1). */
export const bertNer = (batch: 1 | -1): ModelShape => ({
  inputs: [
    { name: 'input_ids', datatype: 'INT32', shape: [batch, 40] },
    { name: 'attention_mask', datatype: 'INT32', shape: [batch, 40] },
  ],
  outputs: [flattened({ name: 'probs', datatype: 'FP32', shape: [batch, 40, 45] })],
});

/** Each configuration of a plan once, whatever the instance types, by name. */
export function configsOf(plan: Plan, shapeOf: (backend: string) => ModelShape): Map<string, ModelConfig> {
  const found = new Map<string, ModelConfig>();
  for (const { configuration } of plan.deployments) {
    if (configuration.runtime !== 'triton' || configuration.parameters['backend'] === 'fastertransformer') continue;
    const { name, parameters } = configuration;
    found.set(
      name,
      configureTriton(parameters, { name: 'model', shape: shapeOf(String(parameters['backend'])), device: 'gpu' }),
    );
  }
  return found;
}

const settings: Parameters = { backend: 'onnxruntime', maxBatchSize: 8, instanceCount: 1, dynamicBatching: false };

/** One of each kind that no source's plan holds. */
export function otherConfigs(): Map<string, ModelConfig> {
  const open: ModelShape = {
    inputs: [{ name: 'input_ids', datatype: 'INT64', shape: [-1, -1] }],
    outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
  };
  const on = (device: 'gpu' | 'cpu', parameters: Parameters, extra?: Record<string, string>) =>
    configureTriton(
      { ...settings, ...parameters },
      { name: 'model', shape: open, device, ...(extra ? { extra } : {}) },
    );
  return new Map([
    ['onnxruntime-cpu', on('cpu', {})],
    [
      'python-ragged',
      on('cpu', { backend: 'python', dynamicBatching: { maxQueueDelayMs: 0.1 } }, { settings: '{"path":"C:\\\\é"}' }),
    ],
    ['fixed-batch', on('gpu', { maxBatchSize: 0 })],
    [
      'every-option',
      {
        ...backendConfig('tensorrt', {
          name: 'model',
          shape: bertLarge,
          maxBatchSize: 16,
          instanceCount: 2,
          device: 'gpu',
          dynamicBatching: { preferredBatchSizes: [8, 16], maxQueueDelayMicroseconds: 100, maxQueueSize: 64 },
        }),
        instanceGroup: { count: 2, kind: 'KIND_GPU', gpus: [0, 2] },
        engineByCapability: { '7.5': 'model_t4.plan', '8.9': 'model_l4.plan' },
        cudaGraphs: true,
        responseCache: false,
      },
    ],
    [
      'ensemble',
      ensembleConfig({
        name: 'whole',
        maxBatchSize: 8,
        input: [{ name: 'text', datatype: 'BYTES', dims: [1] }],
        output: [{ name: 'score', datatype: 'FP32', dims: [1] }],
        steps: [
          { modelName: 'tokenizer', inputMap: { text: 'text' }, outputMap: { ids: 'ids' } },
          { modelName: 'model', inputMap: { input_ids: 'ids' }, outputMap: { score: 'score' } },
        ],
      }),
    ],
    ...(['bert', 'GPT', 'T5'] as const).map(
      (model) =>
        [
          `fastertransformer-${model.toLowerCase()}`,
          fasterTransformerConfig({ name: 'model', model, maxBatchSize: 16, batching: true }),
        ] as const,
    ),
  ]);
}
