/** Public API of `infersweep`. */
export type { LoadJob, LoadResult } from './core/load/job.ts';
export type { Measurement } from './core/measure/measurement.ts';
export type { Plan } from './core/plan/plan.ts';
export { recommend } from './core/recommend/recommend.ts';
export type { Recommendation } from './core/recommend/recommendation.ts';
export { defineExperiment } from './core/spec/define-experiment.ts';
