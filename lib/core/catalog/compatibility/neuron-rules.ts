/** Rules for torch-neuron on inf1. */
import type { Rule } from './rule.ts';

/** Depths the compiler's `--neuroncore-pipeline-cores` has been used with. */
const pipelineDepths = [2, 4, 8, 16];

/** torch-neuron 1.13 drives the first Inferentia only; inf2 has another API and another compiler. */
export const neuronNeedsInf1: Rule = ({ runtime, instance, instanceType }) =>
  runtime === 'neuron' && instance !== null && instance.family !== 'inf1'
    ? { rule: 'neuron-needs-inf1', fix: `${instanceType} has no first-generation Inferentia: use an inf1 type` }
    : null;

/** Cores are never shared between processes: workers × cores must fit the instance. */
export const neuronCoresExceedChip: Rule = ({ runtime, parameters, instance, instanceType }) => {
  const available = instance?.accelerator?.neuronCores;
  if (runtime !== 'neuron' || available === undefined) return null;
  return typeof parameters.cores === 'number' && parameters.cores > available
    ? {
        rule: 'neuron-cores-exceed-chip',
        fix: `${instanceType} has ${available} NeuronCores: set cores to at most ${available}`,
      }
    : null;
};

/** Each worker holds a pipeline of its own, over its share of the cores. */
export const neuronPipelineCores: Rule = ({ runtime, parameters }) => {
  const workers = Number(parameters['workers'] ?? 1);
  if (runtime !== 'neuron' || parameters.mode !== 'pipeline') return null;
  if (pipelineDepths.includes(Number(parameters.cores) / workers)) return null;
  const allowed = pipelineDepths.map((depth) => depth * workers).join(', ');
  const of = workers === 1 ? '' : ` in each of ${workers} workers`;
  return {
    rule: 'neuron-pipeline-cores',
    fix: `a pipeline spans ${pipelineDepths.join(', ')} cores${of}: set cores to one of ${allowed}`,
  };
};

/** Encoder and decoder are traced for one text at a time and share one core. */
export const neuronSeq2seqBatch: Rule = ({ runtime, parameters }) =>
  runtime === 'neuron' && parameters.mode === 'seq2seq' && parameters.batch !== 1
    ? { rule: 'neuron-seq2seq-batch', fix: 'set batch to 1: beams take the place of a batch' }
    : null;

/** One large batch is split over copies of a whole model; a pipeline and an encoder with its decoder are not copies. */
export const neuronSplitNeedsDataParallel: Rule = ({ runtime, parameters }) =>
  runtime === 'neuron' && parameters['dispatch'] === 'split' && parameters.mode !== 'data-parallel'
    ? { rule: 'neuron-split-needs-data-parallel', fix: 'set dispatch to replicas, or mode to data-parallel' }
    : null;

/** As many callers as cores cannot keep every stage busy: while an answer travels, its stage is empty. */
export const neuronPipelineThreads: Rule = ({ runtime, parameters }) =>
  runtime === 'neuron' && parameters.mode === 'pipeline' && parameters['threadsPerCore'] === 1
    ? { rule: 'neuron-pipeline-threads', fix: 'set threadsPerCore to 2 or more for a pipeline' }
    : null;
