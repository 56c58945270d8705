/** Two batch runs of the same models, eager and compiled: what TorchBench leaves out of its own result. */
import * as z from 'zod';

/** What TorchBench writes: `<model>-eval_latency` in ms (median) and `<model>-eval_cmem` in GiB (peak). */
export const batchMetricsSchema = z.looseObject({
  name: z.string(),
  metrics: z.record(z.string(), z.number()),
});
export type BatchMetrics = z.infer<typeof batchMetricsSchema>;

export interface ComparedModel {
  model: string;
  eagerMs: number;
  compiledMs: number;
  /** Eager over compiled: above 1 is faster. */
  speedup: number;
  eagerGib: number | null;
  compiledGib: number | null;
}

export interface BatchComparison {
  /** Geometric mean over the models of both runs; null when there is none. */
  speedup: number | null;
  models: ComparedModel[];
  /** Models that were asked for and have no figure: a crash there does not fail the run. */
  missing: { eager: string[]; compiled: string[] };
}

const LATENCY = '-eval_latency';
const MEMORY = '-eval_cmem';

/** A latency of 0 or below is no figure: no ratio can be taken of it. */
function latencyOf({ metrics }: BatchMetrics, model: string): number | null {
  const value = metrics[model + LATENCY];
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}

/** @param requested every model that was asked for. Only those present in both runs enter the mean. */
export function compareBatches(
  eager: BatchMetrics,
  compiled: BatchMetrics,
  requested: readonly string[],
): BatchComparison {
  const models = requested.flatMap((model): ComparedModel[] => {
    const eagerMs = latencyOf(eager, model);
    const compiledMs = latencyOf(compiled, model);
    if (eagerMs === null || compiledMs === null) return [];
    const memory = (run: BatchMetrics) => run.metrics[model + MEMORY] ?? null;
    return [
      {
        model,
        eagerMs,
        compiledMs,
        speedup: eagerMs / compiledMs,
        eagerGib: memory(eager),
        compiledGib: memory(compiled),
      },
    ];
  });
  const absent = (run: BatchMetrics) => requested.filter((model) => latencyOf(run, model) === null);
  return {
    speedup: geometricMean(models.map((m) => m.speedup)),
    models,
    missing: { eager: absent(eager), compiled: absent(compiled) },
  };
}

/** By logarithms: the product of many ratios leaves the range of a double. */
function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}
