/** Rules for the modes of PyTorch inside our server. */
import type { Rule } from './rule.ts';

/** The other modes compute every shape as it comes. */
export const shapesNeedCompile: Rule = ({ runtime, parameters }) =>
  runtime === 'torch' && (parameters['shapes'] ?? 'dynamic') !== 'dynamic' && parameters.mode !== 'compile'
    ? { rule: 'shapes-need-compile', fix: 'set mode to compile, or shapes to dynamic' }
    : null;

/** A trace keeps the precision it was traced in; mixed precision around it is another matter. */
export const traceKeepsPrecision: Rule = ({ runtime, parameters }) =>
  runtime === 'torch' && parameters.mode === 'torchscript' && parameters['precision'] === 'bf16'
    ? {
        rule: 'trace-keeps-precision',
        fix: 'set precision to fp32 (or fp16 on cuda) with mode torchscript, or mode to eager or compile',
      }
    : null;

/** Over HTTP a request carries its own items, and the parameter would change a name and nothing else. */
export const batchNeedsInProcess: Rule = ({ runtime, parameters, inProcess }) =>
  runtime === 'torch' && Number(parameters['batch'] ?? 1) > 1 && !inProcess
    ? {
        rule: 'batch-needs-in-process',
        fix: `set itemsPerRequest to ${parameters['batch']} instead of batch, or use load.protocol in-process`,
      }
    : null;
