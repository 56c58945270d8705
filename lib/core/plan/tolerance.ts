/** How far an answer may be off its golden output when the experiment does not say. */
import type { Tolerance } from '../load/job.ts';
import type { Configuration } from './plan.ts';

/** Loosest last. */
const byPrecision: [precision: string, tolerance: Tolerance][] = [
  ['fp32', { atol: 1e-4, rtol: 1e-3 }],
  ['fp16', { atol: 1e-2, rtol: 1e-2 }],
  ['bf16', { atol: 5e-2, rtol: 2e-2 }],
];

/** Embeddings are compared by direction as well: small errors of many elements add up. */
const EMBEDDING_COSINE = 0.999;
const embeddingTasks = ['embedding', 'sentence-embedding', 'sentence-similarity', 'feature-extraction'];

/** Of the least precise configuration, because all are compared with the same golden outputs. */
export function defaultTolerance(configurations: readonly Configuration[], task: string | null): Tolerance {
  const used = new Set(configurations.map(({ parameters }) => parameters.precision));
  const loosest = byPrecision.findLast(([precision]) => used.has(precision)) ?? byPrecision[0]!;
  return { ...loosest[1], ...(task !== null && embeddingTasks.includes(task) ? { cosine: EMBEDDING_COSINE } : {}) };
}
