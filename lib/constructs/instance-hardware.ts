/** What ECS must be told of an EC2 instance type, read off the catalog that trials use. */
import { hostOf } from '../core/catalog/host.ts';
import { type Instance, instanceOf, instanceTypesOf } from '../core/catalog/instance.ts';
import { nearest } from '../core/spec/nearest.ts';

export interface InstanceHardware extends Instance {
  /** SSM parameter of the machine image. */
  imageParameter: string;
  /** GPUs, which ECS hands out by number. */
  gpus: number;
  /** Inferentia chips, which ECS does not know: they are passed by path. */
  neuronDevices: number;
}

/** Everything AWS publishes for ECS lies here; what is not of AL2023 has reached its end (AL2: 2026-06-30). */
const ECS_IMAGES = '/aws/service/ecs/optimized-ami/';
const AL2023_IMAGES = `${ECS_IMAGES}amazon-linux-2023/`;

/**
 * @param instanceType as EC2 spells it, `g4dn.xlarge`
 * @param imageParameter instead of the image of the catalog: a pinned or a baked one
 */
export function hardwareOf(instanceType: string, imageParameter?: string): InstanceHardware {
  const instance = instanceOf('ec2', instanceType);
  if (instance === null) {
    throw new Error(
      `instance type "${instanceType}" is not in the catalog of EC2.${suggestion(instanceType)} Expected EC2's own name, for example g4dn.xlarge (without ml.).`,
    );
  }
  const host = hostOf('ec2', instance);
  const parameter = imageParameter ?? host?.amiParameter ?? null;
  if (parameter === null) {
    throw new Error(
      `the catalog knows no machine image for ${instanceType}. Take another type, or give imageParameter: an SSM parameter that holds the id of an image with its driver.`,
    );
  }
  assertImage(parameter);
  const { accelerator } = instance;
  const nvidia = accelerator?.name.startsWith('nvidia-') ?? false;
  return {
    ...instance,
    imageParameter: parameter,
    gpus: nvidia ? accelerator!.count : 0,
    neuronDevices: accelerator && !nvidia ? accelerator.count : 0,
  };
}

function assertImage(parameter: string): void {
  if (!parameter.startsWith(ECS_IMAGES) || parameter.startsWith(AL2023_IMAGES)) return;
  throw new Error(
    `machine image ${parameter} is not of Amazon Linux 2023. ECS images of Amazon Linux 2 reached their end of life on 2026-06-30: take one below ${AL2023_IMAGES}.`,
  );
}

function suggestion(instanceType: string): string {
  const close = nearest(instanceType.replace(/^ml\./, ''), instanceTypesOf('ec2'));
  return close === null ? '' : ` Did you mean ${close}?`;
}
