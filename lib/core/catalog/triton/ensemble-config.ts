/** Several models as one: tokenise, run, decode inside Triton instead of in a front end. */
import type { ConfigTensor, EnsembleStep, ModelConfig } from './model-config.ts';

/**
 * @param steps in order; a tensor name of the ensemble joins an output to the inputs it feeds.
 * @throws RangeError where a step reads what nothing writes, or an output is written by no step.
 */
export function ensembleConfig(o: {
  name: string;
  maxBatchSize: number;
  input: readonly ConfigTensor[];
  output: readonly ConfigTensor[];
  steps: readonly EnsembleStep[];
}): ModelConfig {
  const written = new Set(o.input.map(({ name }) => name));
  for (const step of o.steps) {
    for (const from of Object.values(step.inputMap)) {
      if (!written.has(from))
        throw new RangeError(`step ${step.modelName} reads "${from}", which no earlier step writes`);
    }
    for (const to of Object.values(step.outputMap)) written.add(to);
  }
  for (const { name } of o.output) {
    if (!written.has(name)) throw new RangeError(`output "${name}" is written by no step`);
  }
  return { ...o, platform: 'ensemble', versions: [1], instanceGroup: null, dynamicBatching: null, parameters: {} };
}
