/** Fills in the defaults that depend on other keys. */

import { localInstanceType } from '../catalog/instance.ts';
import type { Value } from '../catalog/runtimes/parameter.ts';
import { runtimeOf } from '../catalog/runtimes/registry.ts';
import type { LoadPlan } from '../plan/load-plan.ts';
import type { Trace } from '../scale/trace/trace.ts';
import { traceDemand } from '../scale/trace/trace-demand.ts';
import { runtimesOf, targetsOf } from './entry-rules.ts';
import type { Experiment, ExperimentRuntime, ExperimentTarget } from './experiment.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import type { RuntimeEntry } from './runtime-spec.ts';
import type { TargetEntry } from './target-spec.ts';

function targetOf(entry: TargetEntry): ExperimentTarget {
  if (entry.local) {
    const { cores } = entry.local;
    return { target: 'local', instanceTypes: [localInstanceType(cores)], cores, purchase: null };
  }
  const target = targetsOf(entry)[0]!;
  const instanceTypes = [...(entry.ec2 ?? entry.sagemaker)!.instanceTypes];
  return { target, instanceTypes, cores: null, purchase: entry.ec2?.purchase ?? null };
}

function runtimeEntry(entry: RuntimeEntry): ExperimentRuntime {
  const runtime = runtimesOf(entry)[0]!;
  const given = entry[runtime] as Record<string, Value | Value[] | undefined>;
  const axes = Object.entries(runtimeOf(runtime).parameters).map(([parameter, { fallback }]) => {
    const value = given[parameter] ?? (fallback as Value);
    return { parameter, values: Array.isArray(value) ? value : [value] };
  });
  return { runtime, name: entry.name ?? null, axes };
}

/** Half the typical demand at night, one and a half times at the peak: shown by `plan`, meant to be replaced. */
function demandOf(demand: ExperimentDocument['demand'], trace: Trace | null): Experiment['demand'] {
  if (trace !== null) return traceDemand(trace);
  if (demand?.requestsPerMinute === undefined) return null;
  const { requestsPerMinute, low = requestsPerMinute / 2, peak = requestsPerMinute * 1.5 } = demand;
  return { requestsPerMinute, low, peak };
}

function objectiveOf(document: ExperimentDocument, targets: readonly ExperimentTarget[]): Experiment['objective'] {
  if (document.objective) return document.objective;
  const onlyLocal = targets.every(({ target }) => target === 'local');
  return !document.demand && onlyLocal ? 'maximize-throughput' : 'minimize-cost';
}

/**
 * @param document has passed the entry and cross rules.
 * @param trace that `demand.trace` names; null without one.
 */
export function normalise(document: ExperimentDocument, load: LoadPlan, trace: Trace | null): Experiment {
  const { model, budget } = document;
  const targets = document.targets.map(targetOf);
  return {
    name: document.name,
    description: document.description ?? null,
    region: document.aws?.region ?? null,
    priceSnapshot: document.aws?.prices ?? null,
    model: {
      source: model.source,
      task: model.task ?? null,
      inputs: model.inputs,
      golden: model.golden ?? null,
      tokenizer: model.tokenizer ?? null,
      tolerance: model.tolerance ?? null,
    },
    slo: document.slo,
    demand: demandOf(document.demand, trace),
    ...(trace === null ? {} : { demandTrace: trace }),
    objective: objectiveOf(document, targets),
    budget: { usd: budget?.usd ?? null, hours: budget?.hours ?? null },
    targets,
    runtimes: document.runtimes.map(runtimeEntry),
    load,
    search: document.search,
    baseline: document.baseline ?? null,
    prices: document.prices ?? [],
    tags: document.tags ?? {},
    itemsPerRequest: document.itemsPerRequest,
    availability: document.availability ?? 'redundant',
    safety: document.safety,
  };
}
