/** From a model's shapes and the sweep's settings to the configuration of each backend. */
import type { DynamicBatching, InstanceGroup, ModelConfig } from './model-config.ts';
import { configTensor, type ModelShape, type TensorShape } from './model-shape.ts';

export type ConfiguredBackend = 'libtorch' | 'torch-tensorrt' | 'tensorrt' | 'onnxruntime' | 'python';

export interface BackendSettings {
  name: string;
  shape: ModelShape;
  /** 0: the model's own shapes carry the batch. */
  maxBatchSize: number;
  /** Model instances on each device. */
  instanceCount: number;
  device: 'gpu' | 'cpu';
  dynamicBatching: DynamicBatching | null;
  /** Backend parameters beyond those set here. */
  parameters?: Readonly<Record<string, string>>;
}

/**
 * Written even for one instance: ONNX Runtime would otherwise start two on a CPU.
 */
function instances({ instanceCount, device }: BackendSettings): InstanceGroup {
  return { count: instanceCount, kind: device === 'gpu' ? 'KIND_GPU' : 'KIND_CPU' };
}

/** TorchScript has no tensor names: Triton takes `<any>__<position>`. */
function inCallOrder(tensors: readonly TensorShape[]): TensorShape[] {
  return tensors.map((tensor, i) => ({ ...tensor, name: `${tensor.name}__${i}` }));
}

/** Triton's names of a model's tensors under a backend. */
export function servedShape(backend: ConfiguredBackend, shape: ModelShape): ModelShape {
  return backend === 'libtorch' || backend === 'torch-tensorrt'
    ? { inputs: inCallOrder(shape.inputs), outputs: inCallOrder(shape.outputs) }
    : shape;
}

const identity: Record<ConfiguredBackend, Pick<ModelConfig, 'platform' | 'backend'>> = {
  libtorch: { platform: 'pytorch_libtorch' },
  // The same backend: TorchScript with engines inside.
  'torch-tensorrt': { platform: 'pytorch_libtorch' },
  tensorrt: { platform: 'tensorrt_plan' },
  onnxruntime: { platform: 'onnxruntime_onnx' },
  python: { backend: 'python' },
};

/** INFERENCE_MODE became the default after 22.07: written, so that a replay and a new image do the same. */
const ownParameters: Partial<Record<ConfiguredBackend, Record<string, string>>> = {
  libtorch: { INFERENCE_MODE: 'true' },
  'torch-tensorrt': { INFERENCE_MODE: 'true' },
};

export function backendConfig(backend: ConfiguredBackend, settings: BackendSettings): ModelConfig {
  const { name, maxBatchSize, dynamicBatching, parameters = {} } = settings;
  const shape = servedShape(backend, settings.shape);
  const tensors = (list: readonly TensorShape[]) => list.map((t) => configTensor(t, maxBatchSize));
  // The python backend gets each request by itself, so their lengths may differ within a batch.
  const ragged = backend === 'python' && maxBatchSize > 0;
  return {
    name,
    ...identity[backend],
    maxBatchSize,
    input: tensors(shape.inputs).map((t) => (ragged ? { ...t, allowRaggedBatch: true } : t)),
    output: tensors(shape.outputs),
    versions: [1],
    instanceGroup: instances(settings),
    dynamicBatching,
    parameters: { ...ownParameters[backend], ...parameters },
  };
}
