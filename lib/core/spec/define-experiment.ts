import type { ExperimentInput } from './experiment-schema.ts';

/** Gives an experiment written in TypeScript its type; the kit parses what the file exports like any YAML. */
export function defineExperiment(experiment: ExperimentInput): ExperimentInput {
  return experiment;
}
