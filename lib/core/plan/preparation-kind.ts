/** What must be done to a model before a runtime can serve it. */

import type { ModelFacts } from '../catalog/compatibility/rule.ts';
import type { RuntimeName } from '../catalog/runtimes/registry.ts';
import type { Parameters, Preparation } from './plan.ts';

/** File endings that are served as they are. */
const MODEL_FILE = /\.(onnx|pt)$/i;

/** True where only a file can be meant, and it is none that a runtime reads. */
export function isUnknownModelFile({ source, isFolder }: ModelFacts): boolean {
  return isFolder === false && !MODEL_FILE.test(source);
}

/** @param model an address without a known ending is taken for a checkpoint folder. */
export function preparationKind(runtime: RuntimeName, parameters: Parameters, model: ModelFacts): Preparation['kind'] {
  if (model.isFolder !== true && MODEL_FILE.test(model.source)) return 'file';
  switch (runtime) {
    case 'onnxruntime':
      return 'onnx-export';
    case 'torch':
    case 'transformers':
      return parameters.mode === 'torchscript' ? 'torchscript-trace' : 'file';
    case 'triton':
      // The weights are converted by its own scripts, for its own image.
      if (parameters.backend === 'fastertransformer') return 'file';
      // Our python model runs ONNX Runtime.
      return parameters.backend === 'libtorch' || parameters.backend === 'torch-tensorrt'
        ? 'torchscript-trace'
        : 'onnx-export';
    case 'neuron':
      return 'torchscript-trace';
    default:
      return 'file';
  }
}
