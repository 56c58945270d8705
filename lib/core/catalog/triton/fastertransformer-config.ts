/**
 * FasterTransformer, frozen since October 2023: only to replay what was measured with it. BERT crashes under load and was
 * never repaired (backend issue 77).
 */
import type { ConfigTensor, Datatype, ModelConfig } from './model-config.ts';

export type FasterTransformerModel = 'bert' | 'GPT' | 'T5';

/** One value for each item of a batch. */
const perItem = (name: string, datatype: Datatype, optional = false): ConfigTensor => ({
  name,
  datatype,
  dims: [1],
  reshape: [],
  ...(optional ? { optional } : {}),
});
const tensor = (name: string, datatype: Datatype, dims: number[], optional = false): ConfigTensor => ({
  name,
  datatype,
  dims,
  ...(optional ? { optional } : {}),
});

const sampling: ConfigTensor[] = [
  perItem('runtime_top_k', 'UINT32', true),
  ...['runtime_top_p', 'beam_search_diversity_rate', 'temperature', 'len_penalty', 'repetition_penalty'].map((name) =>
    perItem(name, 'FP32', true),
  ),
  perItem('random_seed', 'UINT64', true),
  perItem('is_return_log_probs', 'BOOL', true),
  ...['beam_width', 'start_id', 'end_id'].map((name) => perItem(name, 'UINT32', true)),
  // Row 0 the words' ids one after the other, row 1 where each ends, -1 behind the last.
  tensor('bad_words_list', 'INT32', [2, -1], true),
  tensor('stop_words_list', 'INT32', [2, -1], true),
];
const generated: ConfigTensor[] = [
  tensor('output_ids', 'UINT32', [-1, -1]),
  tensor('sequence_length', 'UINT32', [-1]),
  tensor('cum_log_probs', 'FP32', [-1]),
  tensor('output_log_probs', 'FP32', [-1, -1]),
];

const tensors: Record<FasterTransformerModel, { input: ConfigTensor[]; output: ConfigTensor[] }> = {
  // Hidden states behind the embedding, not ids: the caller runs embeddings and classifier.
  bert: {
    input: [tensor('input_hidden_state', 'FP16', [-1, -1]), perItem('sequence_lengths', 'INT32')],
    output: [tensor('output_hidden_state', 'FP16', [-1, -1])],
  },
  GPT: {
    input: [
      tensor('input_ids', 'UINT32', [-1]),
      perItem('input_lengths', 'UINT32'),
      tensor('request_output_len', 'UINT32', [-1]),
      ...sampling,
    ],
    output: generated,
  },
  T5: {
    input: [
      tensor('input_ids', 'UINT32', [-1]),
      perItem('sequence_length', 'UINT32'),
      perItem('max_output_len', 'UINT32'),
      ...sampling,
    ],
    output: generated,
  },
};

export function fasterTransformerConfig(o: {
  name: string;
  model: FasterTransformerModel;
  maxBatchSize: number;
  batching: boolean;
}): ModelConfig {
  return {
    name: o.name,
    backend: 'fastertransformer',
    maxBatchSize: o.maxBatchSize,
    ...tensors[o.model],
    versions: [1],
    // "The only choice, the backend takes control of the GPUs."
    instanceGroup: { count: 1, kind: 'KIND_CPU' },
    dynamicBatching: o.batching ? {} : null,
    parameters: {
      tensor_para_size: '1',
      pipeline_para_size: '1',
      data_type: 'fp16',
      enable_custom_all_reduce: '0',
      model_type: o.model,
      int8_mode: '0',
      ...(o.model === 'bert' ? { is_sparse: '0', is_remove_padding: '1' } : {}),
    },
  };
}
