/** Triton's model configuration as data, named as in its `model_config.proto`; `pbtxt.ts` prints it. */
export const tritonTypes = {
  BOOL: 'TYPE_BOOL',
  UINT8: 'TYPE_UINT8',
  UINT16: 'TYPE_UINT16',
  UINT32: 'TYPE_UINT32',
  UINT64: 'TYPE_UINT64',
  INT8: 'TYPE_INT8',
  INT16: 'TYPE_INT16',
  INT32: 'TYPE_INT32',
  INT64: 'TYPE_INT64',
  FP16: 'TYPE_FP16',
  FP32: 'TYPE_FP32',
  FP64: 'TYPE_FP64',
  BF16: 'TYPE_BF16',
  BYTES: 'TYPE_STRING',
} as const;

/** Element types as KServe v2 writes them. */
export type Datatype = keyof typeof tritonTypes;

export interface ConfigTensor {
  name: string;
  datatype: Datatype;
  /** -1 for an axis of open length. Without the batch axis where `maxBatchSize` is above 0. */
  dims: readonly number[];
  /** Shape that the model sees where it differs from `dims`; `[]` makes a scalar of each item. */
  reshape?: readonly number[];
  optional?: boolean;
  /** Requests of different lengths may share a batch: only for a backend that sees each request by itself. */
  allowRaggedBatch?: boolean;
}

export interface InstanceGroup {
  /** For each listed GPU; without a list for each GPU of the machine. */
  count: number;
  kind: 'KIND_GPU' | 'KIND_CPU' | 'KIND_MODEL';
  gpus?: readonly number[];
}

export interface DynamicBatching {
  /** Triton's own advice is to leave it out: batches of any size up to the maximum are then formed. */
  preferredBatchSizes?: readonly number[];
  /** How long the first request of a batch may wait for others. */
  maxQueueDelayMicroseconds?: number;
  /** Requests beyond it are refused instead of queued without end. */
  maxQueueSize?: number;
}

export interface EnsembleStep {
  modelName: string;
  /** The step's tensor name → the ensemble's. */
  inputMap: Readonly<Record<string, string>>;
  outputMap: Readonly<Record<string, string>>;
}

export interface ModelConfig {
  name: string;
  /** Exactly one of both; an ensemble has the platform `ensemble`. */
  platform?: 'pytorch_libtorch' | 'tensorrt_plan' | 'onnxruntime_onnx' | 'ensemble';
  backend?: 'python' | 'fastertransformer';
  maxBatchSize: number;
  input: readonly ConfigTensor[];
  output: readonly ConfigTensor[];
  /** Versions that are served. */
  versions: readonly number[];
  /** null for an ensemble, which runs nothing itself. */
  instanceGroup: InstanceGroup | null;
  /** Absent when null: with auto-completion off that is no batching at all. */
  dynamicBatching: DynamicBatching | null;
  parameters: Readonly<Record<string, string>>;
  /** Engine file by compute capability, so that one repository serves several GPUs. */
  engineByCapability?: Readonly<Record<string, string>>;
  cudaGraphs?: boolean;
  steps?: readonly EnsembleStep[];
  /** Repeated inputs would be answered from memory and measure nothing. */
  responseCache?: boolean;
}
