/** Rules for what kind of model file a runtime can take. */
import type { Rule } from './rule.ts';

const endsWith = (source: string, ending: string) => source.toLowerCase().endsWith(ending);

export const onnxNeedsOnnxModel: Rule = ({ runtime, model }) =>
  runtime === 'onnxruntime' && model.isFolder !== true && endsWith(model.source, '.pt')
    ? { rule: 'onnx-needs-onnx-model', fix: 'give an .onnx file or a checkpoint folder, which the kit exports' }
    : null;

export const torchNeedsTorchModel: Rule = ({ runtime, model }) =>
  runtime === 'torch' && model.isFolder !== true && endsWith(model.source, '.onnx')
    ? { rule: 'torch-needs-torch-model', fix: 'give a TorchScript .pt file or a checkpoint folder' }
    : null;

/** A .pt file here is TorchScript: it carries its own code and has no eager form. */
export const eagerNeedsCheckpoint: Rule = ({ runtime, parameters, model }) =>
  runtime === 'torch' && parameters.mode === 'eager' && model.isFolder !== true && endsWith(model.source, '.pt')
    ? { rule: 'eager-needs-checkpoint', fix: 'use mode torchscript, or give a checkpoint folder' }
    : null;
