/** Preparations of a plan: one for each artifact, however many deployments share it. */
import type { ModelFacts } from '../catalog/compatibility/rule.ts';
import { instanceOf } from '../catalog/instance.ts';
import { type RuntimeName, runtimeOf } from '../catalog/runtimes/registry.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Sha256 } from './facts.ts';
import type { Configuration, Preparation } from './plan.ts';
import { machineFor, type PreparationKind, preparationKind } from './preparation-kind.ts';
import { PREPARE_SECONDS } from './time-constants.ts';

/** Shapes are fixed where they are compiled; models of tensors have no tokenizer to say their length. */
const DEFAULT_TOKENS = 128;

/** Output length that source 001 compiled T5 for. */
const DECODER_TOKENS = 40;

type Settings = Preparation['settings'];

/** Parameters that are built into the artifact; the others are set when it is started. */
function settingsOf(kind: PreparationKind, { parameters }: Configuration, tokens: number): Settings {
  const { precision, maxBatchSize, batch, cores, workers, decoderTokens } = parameters as {
    [name: string]: string | number;
  };
  // A runtime that names its own length is started with it, and refuses an artifact of another.
  const length = (parameters['tokens'] as number | undefined) ?? tokens;
  switch (kind) {
    case 'tensorrt-engine':
    case 'torch-tensorrt':
      // An engine reserves activations for its largest batch in every instance: as large as is served, and no larger.
      return { precision: precision!, maxBatch: Math.max(1, Number(maxBatchSize)), tokens };
    case 'fastertransformer-conversion':
      return { precision: precision! };
    case 'neuron-data-parallel':
      return { batch: batch!, tokens: length };
    case 'neuron-pipeline':
      // Each worker holds a pipeline of its own, over its share of the cores.
      return { batch: batch!, tokens: length, cores: Math.max(1, Math.floor(Number(cores) / Number(workers ?? 1))) };
    case 't5-split':
      return { batch: batch!, tokens: length, decoderTokens: decoderTokens ?? DECODER_TOKENS };
    default:
      return {};
  }
}

/** null when the runtime serves no model. The id hashes everything that tells two artifacts apart. */
export function preparationOf(
  configuration: Configuration,
  model: ModelFacts,
  o: { tokenizer: boolean; tokens?: number | null; sha256: Sha256 },
): Preparation | null {
  const name = configuration.runtime as RuntimeName;
  const runtime = runtimeOf(name);
  if (!runtime.needsModel) return null;
  const { target, instanceType } = configuration;
  const kind = preparationKind(name, configuration.parameters, model);
  const needs = machineFor(kind, instanceType);
  const identity = {
    runtime: name,
    kind,
    source: model.source,
    environment: runtime.environment({ tokenizer: o.tokenizer, local: target === 'local' }),
    host: target,
    needs,
    device: needs === null ? null : (instanceOf(target, instanceType)?.accelerator?.name ?? null),
    settings: settingsOf(kind, configuration, o.tokens ?? DEFAULT_TOKENS),
  };
  return {
    id: `${name}-${kind}-${o.sha256(canonicalJson(identity)).slice(0, 12)}`,
    ...identity,
    secondsExpected: PREPARE_SECONDS[kind],
    cached: null,
  };
}
