/** Preparations of a plan: one for each artifact, however many deployments share it. */
import type { ModelFacts } from '../catalog/compatibility/rule.ts';
import { type RuntimeName, runtimeOf } from '../catalog/runtimes/registry.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Sha256 } from './facts.ts';
import type { Configuration, Preparation } from './plan.ts';
import { preparationKind } from './preparation-kind.ts';
import { PREPARE_SECONDS } from './time-constants.ts';

/** Parameters that are built into the artifact; the others are set when it is started. */
function builtIn({ runtime, parameters }: Configuration) {
  if (runtime === 'triton') return { backend: parameters.backend, precision: parameters.precision };
  if (runtime === 'neuron') return { mode: parameters.mode, batch: parameters.batch, cores: parameters.cores };
  return {};
}

/** null when the runtime serves no model. The id hashes everything that tells two artifacts apart. */
export function preparationOf(
  configuration: Configuration,
  model: ModelFacts,
  o: { tokenizer: boolean; sha256: Sha256 },
): Preparation | null {
  const name = configuration.runtime as RuntimeName;
  const runtime = runtimeOf(name);
  if (!runtime.needsModel) return null;
  const kind = preparationKind(name, configuration.parameters, model);
  const identity = {
    runtime: name,
    kind,
    source: model.source,
    environment: runtime.environment({ tokenizer: o.tokenizer, local: configuration.target === 'local' }),
    host: configuration.target,
  };
  return {
    id: `${name}-${kind}-${o.sha256(canonicalJson({ ...identity, ...builtIn(configuration) })).slice(0, 12)}`,
    ...identity,
    secondsExpected: PREPARE_SECONDS[kind],
    cached: null,
  };
}
