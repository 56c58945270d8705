/** What must be done to a model before a runtime can serve it, and what machine that takes. */

import type { ModelFacts } from '../catalog/compatibility/rule.ts';
import type { RuntimeName } from '../catalog/runtimes/registry.ts';
import type { Parameters } from './plan.ts';

/**
 * `file`: the model as it is. The next two are made on any CPU. An engine is built on the GPU model that serves it, a module
 * for inf1 on an x86 CPU with 16 GiB.
 */
export const preparationKinds = [
  'file',
  'onnx-export',
  'torchscript-trace',
  'tensorrt-engine',
  'torch-tensorrt',
  'fastertransformer-conversion',
  'neuron-data-parallel',
  'neuron-pipeline',
  't5-split',
] as const;
export type PreparationKind = (typeof preparationKinds)[number];

/** File endings that are served as they are. */
const MODEL_FILE = /\.(onnx|pt)$/i;

/** True where only a file can be meant, and it is none that a runtime reads. */
export function isUnknownModelFile({ source, isFolder }: ModelFacts): boolean {
  return isFolder === false && !MODEL_FILE.test(source);
}

/** @param model an address without a known ending is taken for a checkpoint folder. */
export function preparationKind(runtime: RuntimeName, parameters: Parameters, model: ModelFacts): PreparationKind {
  const compiled = compiledKind(runtime, parameters);
  if (compiled !== null) return compiled;
  if (model.isFolder !== true && MODEL_FILE.test(model.source)) return 'file';
  switch (runtime) {
    case 'onnxruntime':
      return 'onnx-export';
    case 'torch':
      return parameters.mode === 'torchscript' ? 'torchscript-trace' : 'file';
    case 'triton':
      // Our python model runs ONNX Runtime.
      return parameters.backend === 'libtorch' ? 'torchscript-trace' : 'onnx-export';
    default:
      return 'file';
  }
}

/** Kinds that a compiler of the device makes, of a checkpoint and of a model file alike; null for every other. */
function compiledKind(runtime: RuntimeName, { backend, mode }: Parameters): PreparationKind | null {
  if (runtime === 'triton') {
    if (backend === 'tensorrt') return 'tensorrt-engine';
    if (backend === 'torch-tensorrt') return 'torch-tensorrt';
    return backend === 'fastertransformer' ? 'fastertransformer-conversion' : null;
  }
  if (runtime !== 'neuron') return null;
  if (mode === 'seq2seq') return 't5-split';
  return mode === 'pipeline' ? 'neuron-pipeline' : 'neuron-data-parallel';
}

/** The least that neuron-cc is documented for, and memory for the weights twice; with 8 GiB it is killed. */
const COMPILER_HOST = 'c5.4xlarge';

/**
 * The smallest instance type that can make it, as EC2 spells it; null where any CPU can, this machine's included.
 * @param instanceType where it will be served, as the target spells it.
 */
export function machineFor(kind: PreparationKind, instanceType: string): string | null {
  switch (kind) {
    case 'tensorrt-engine':
    case 'torch-tensorrt':
      // An engine runs on the GPU model that built it; the sizes of a family share one.
      return `${instanceType.replace(/^ml\./, '').split('.')[0]}.xlarge`;
    case 'neuron-data-parallel':
    case 'neuron-pipeline':
    case 't5-split':
    case 'fastertransformer-conversion':
      return COMPILER_HOST;
    default:
      return null;
  }
}
