/** Rules for what kind of model file a runtime can take. */
import type { Rule } from './rule.ts';

const endsWith = (source: string, ending: string) => source.toLowerCase().endsWith(ending);

export const onnxNeedsOnnxModel: Rule = ({ runtime, model }) =>
  runtime === 'onnxruntime' && model.isFolder !== true && endsWith(model.source, '.pt')
    ? { rule: 'onnx-needs-onnx-model', fix: 'give an .onnx file or a checkpoint folder, which the kit exports' }
    : null;

/** Both read the model's config.json beside its weights, and so serve folders alone; a trace is made from one. */
export const torchNeedsCheckpoint: Rule = ({ runtime, model: { source, isFolder } }) =>
  (runtime === 'torch' || runtime === 'transformers') &&
  isFolder !== true &&
  (endsWith(source, '.onnx') || endsWith(source, '.pt'))
    ? {
        rule: 'torch-needs-checkpoint',
        fix: `give a checkpoint folder: ${runtime} reads the model's config.json in it`,
      }
    : null;
