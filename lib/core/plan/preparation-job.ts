/** How a machine on AWS makes an artifact: the image of the kit, and the command in it. */
import { prefixes } from '../catalog/lab.ts';
import { isAddress } from '../spec/model-spec.ts';
import type { HostStart } from './host-start.ts';
import type { Preparation } from './plan.ts';
import type { PreparationKind } from './preparation-kind.ts';

interface Job {
  /** `infersweep/<image>`: the one that serves it, so that what is made is loaded by what made it. */
  image: string;
  script: string;
}

const JOBS: Partial<Record<PreparationKind, Job>> = {
  'tensorrt-engine': { image: 'triton', script: 'tensorrt_engine.py' },
  'torch-tensorrt': { image: 'gpu', script: 'torch_tensorrt_compile.py' },
  'neuron-data-parallel': { image: 'neuron', script: 'neuron_trace.py' },
  'neuron-pipeline': { image: 'neuron', script: 'neuron_trace.py' },
  't5-split': { image: 'neuron', script: 't5_split.py' },
};

/** Where the scripts are in every image that runs one. */
const SCRIPTS = '/opt/kit/prepare';

/** Below the artifacts prefix of a bucket. */
export function artifactPrefix({ id }: Pick<Preparation, 'id'>): string {
  return `${prefixes.artifacts}${id}/`;
}

/** Why no machine of the kit makes it; null when one does. */
export function jobRefusal({ kind, needs, source }: Preparation): string | null {
  if (needs === null) return `${kind} is made on any machine: run \`infersweep prepare\` on one, which uploads it`;
  if (JOBS[kind] === undefined)
    return `no image of the kit makes ${kind}: make it where its compiler is, and upload it`;
  if (!isAddress(source)) return `${kind} is made on ${needs}, which cannot read ${source}: put the model below s3://…`;
  return null;
}

/** null where no image of the kit makes it. */
export function jobImageOf(kind: PreparationKind): string | null {
  return JOBS[kind]?.image ?? null;
}

/** @param limitSeconds after which the script is ended and has failed */
export function jobStart(
  preparation: Preparation,
  o: { image: string; bucket: string; limitSeconds: number },
): HostStart {
  const { kind, source, settings, device } = preparation;
  const words = JSON.stringify({ ...settings, ...(device === null ? {} : { device }) });
  const script = JOBS[kind]!.script;
  return {
    schema: 'infersweep.host-start.v1',
    model: source.endsWith('/') ? source : `${source}/`,
    output: `s3://${o.bucket}/${artifactPrefix(preparation)}`,
    shmMib: 1024,
    containers: [
      {
        name: 'prepare',
        image: o.image,
        entrypoint: 'python3',
        command: [`${SCRIPTS}/supervise.py`, String(o.limitSeconds), script, '/opt/ml/model', '/opt/ml/output', words],
        environment: {},
      },
    ],
  };
}
