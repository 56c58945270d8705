/** Which of the kit's images serves a configuration on AWS, and with which environment. */
import { MODEL_NAME } from '../load/requests.ts';
import type { Configuration, Plan } from '../plan/plan.ts';
import { instanceOf } from './instance.ts';
import { servingPorts } from './lab.ts';
import { paddingOf, servingOf } from './serving.ts';

/** What `cpu` holds: the environment `onnxruntime-text`. */
const ON_CPU_IMAGE = ['reference', 'emulated', 'onnxruntime'];
/** SageMaker's variants run as root and answer `/ping` and `/invocations`. */
const SAGEMAKER_SUFFIX = '-sagemaker';

/** Name of the image as `infersweep/<name>`, or why the kit builds none. */
export type KitImageName = { image: string } | { missing: string };

/** Whether or not this release starts it: somebody else may, as Inference Recommender does with Triton's. */
export function kitImage({ target, instanceType, runtime }: Configuration): KitImageName {
  const instance = instanceOf(target, instanceType);
  if (target === 'local') return { missing: 'on this machine servers run without an image' };
  if (instance === null) return { missing: `instance type ${instanceType} is unknown on ${target}` };
  // A batch job has no endpoint, so there is no variant for one.
  if (runtime === 'torchbench') return { image: instance.arch === 'arm64' ? 'torchbench-arm64' : 'torchbench' };
  const variant = (image: string) => ({ image: target === 'sagemaker' ? `${image}${SAGEMAKER_SUFFIX}` : image });
  if (runtime === 'neuron' || runtime === 'triton') return variant(runtime);
  if (instance.accelerator?.name.startsWith('nvidia-')) return variant('gpu');
  if (instance.arch === 'arm64') {
    if (runtime !== 'onnxruntime') return variant('graviton');
    return { missing: 'no image of the kit has onnxruntime for arm64: use the torch runtime, or an x86 instance type' };
  }
  if (ON_CPU_IMAGE.includes(runtime)) return variant('cpu');
  return { missing: `no image of the kit has ${runtime} for x86 without an accelerator: use c7g, g4dn or onnxruntime` };
}

/** The image that a target starts, by whose digest a preflight sees that it is built. */
export function servingImage(configuration: Configuration): KitImageName {
  const { target, runtime } = configuration;
  if (runtime === 'triton' || runtime === 'torchbench') {
    return { missing: `${runtime} is not started on ${target} by this release: its start document is not written yet` };
  }
  return kitImage(configuration);
}

/** In pieces, as `containers/images/serve` reads them. */
export function servingEnvironment(
  configuration: Configuration,
  tokenizer: Plan['model']['tokenizer'],
): Record<string, string> {
  const { adapter, parameters, batching, gunicorn } = servingOf(configuration);
  const text = tokenizer === null ? null : { ...tokenizer, ...paddingOf(configuration.parameters) };
  const pieces = { BATCHING: batching ?? null, GUNICORN: gunicorn, TOKENIZER: text };
  return {
    INFERSWEEP_ADAPTER: adapter,
    INFERSWEEP_MODEL_NAME: MODEL_NAME,
    INFERSWEEP_PORT: String(servingPorts.front),
    INFERSWEEP_PARAMETERS: JSON.stringify(parameters),
    ...Object.fromEntries(
      Object.entries(pieces).flatMap(([name, value]) =>
        value === null ? [] : [[`INFERSWEEP_${name}`, JSON.stringify(value)]],
      ),
    ),
  };
}
