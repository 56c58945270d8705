/** `config.pbtxt`: protobuf's text format of a model configuration. One configuration, one text, byte for byte. */
import { type ConfigTensor, type ModelConfig, tritonTypes } from './model-config.ts';

type Value = string | number | boolean | Message | readonly Message[] | Raw | readonly number[];
interface Message {
  readonly [field: string]: Value | undefined;
}

/** Enum values stand unquoted. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const isList = (value: Value): value is readonly Message[] | readonly number[] => Array.isArray(value);

/** Text format takes UTF-8 as it is; control characters have no business in names, paths and settings. */
function quoted(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new RangeError(`${JSON.stringify(text)} holds a control character`);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function scalar(value: string | number | boolean | Raw): string {
  if (value instanceof Raw) return value.text;
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** Fields in the order in which they were given; undefined ones are absent, an empty message stays. */
function lines(message: Message, indent: string): string[] {
  return Object.entries(message).flatMap(([field, value]) => {
    if (value === undefined) return [];
    if (typeof value !== 'object' || value instanceof Raw) return [`${indent}${field}: ${scalar(value)}`];
    if (isList(value)) {
      if (value.every((item) => typeof item === 'number')) {
        return [`${indent}${field}: [${value.length > 0 ? ` ${value.join(', ')} ` : ''}]`];
      }
      return (value as readonly Message[]).flatMap((item) => block(field, item, indent));
    }
    return block(field, value as Message, indent);
  });
}

function block(field: string, message: Message, indent: string): string[] {
  const inner = lines(message, `${indent}  `);
  return inner.length === 0 ? [`${indent}${field} { }`] : [`${indent}${field} {`, ...inner, `${indent}}`];
}

function tensor({ name, datatype, dims, reshape, optional, allowRaggedBatch }: ConfigTensor): Message {
  return {
    name,
    data_type: new Raw(tritonTypes[datatype]),
    dims,
    reshape: reshape && { shape: reshape },
    optional: optional || undefined,
    allow_ragged_batch: allowRaggedBatch || undefined,
  };
}

/** A map as repeated messages; absent when it is empty. */
function entries<T>(map: Readonly<Record<string, T>> | undefined, value: (v: T) => Value): Message[] | undefined {
  const found = Object.entries(map ?? {}).map(([key, v]) => ({ key, value: value(v) }));
  return found.length > 0 ? found : undefined;
}

function batching({ dynamicBatching: b }: ModelConfig): Message | undefined {
  return (
    (b && {
      preferred_batch_size: b.preferredBatchSizes,
      max_queue_delay_microseconds: b.maxQueueDelayMicroseconds || undefined,
      default_queue_policy: b.maxQueueSize === undefined ? undefined : { max_queue_size: b.maxQueueSize },
    }) ??
    undefined
  );
}

/** The whole file. Every field is written out, because auto-completion is off. */
export function pbtxt(config: ModelConfig): string {
  const group = config.instanceGroup;
  const message: Message = {
    name: config.name,
    platform: config.platform,
    backend: config.backend,
    max_batch_size: config.maxBatchSize,
    input: config.input.map(tensor),
    output: config.output.map(tensor),
    version_policy: { specific: { versions: config.versions } },
    instance_group: group ? [{ count: group.count, kind: new Raw(group.kind), gpus: group.gpus }] : undefined,
    dynamic_batching: batching(config),
    optimization: config.cudaGraphs ? { cuda: { graphs: true } } : undefined,
    cc_model_filenames: entries(config.engineByCapability, (file) => file),
    parameters: entries(config.parameters, (text) => ({ string_value: text })),
    response_cache: config.responseCache === undefined ? undefined : { enable: config.responseCache },
    ensemble_scheduling: config.steps && {
      step: config.steps.map((step) => ({
        model_name: step.modelName,
        model_version: -1,
        input_map: entries(step.inputMap, (to) => to),
        output_map: entries(step.outputMap, (to) => to),
      })),
    },
  };
  return `${lines(message, '').join('\n')}\n`;
}
