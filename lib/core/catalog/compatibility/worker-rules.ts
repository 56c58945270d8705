/** Rules for runtimes that run in several processes. */
import type { Rule } from './rule.ts';

/** A batcher sees the requests of its own process alone. */
export const batchingAcrossWorkers: Rule = ({ parameters }) =>
  Number(parameters['workers'] ?? 1) > 1 && typeof parameters['dynamicBatching'] === 'object'
    ? {
        rule: 'batching-across-workers',
        fix: 'no batch is formed across processes: set workers to 1, or dynamicBatching to false',
      }
    : null;

/** workers × cores of each ≤ the chip: a core is never shared, so a share that is no whole number leaves a worker without. */
export const neuronWorkersShareCores: Rule = ({ runtime, parameters }) => {
  const { workers, cores } = parameters;
  if (runtime !== 'neuron' || typeof workers !== 'number' || typeof cores !== 'number') return null;
  return cores % workers === 0
    ? null
    : {
        rule: 'neuron-workers-share-cores',
        fix: `${workers} workers cannot share ${cores} cores evenly: set workers to a divisor of cores`,
      };
};
