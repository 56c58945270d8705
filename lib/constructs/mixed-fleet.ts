import {
  type MixedInstancesPolicy,
  OnDemandAllocationStrategy,
  SpotAllocationStrategy,
} from 'aws-cdk-lib/aws-autoscaling';
import { type ILaunchTemplate, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { capacityWeights, type MeasuredCapacity } from '../core/scale/mixed-capacity.ts';
import { hardwareOf, type InstanceHardware } from './instance-hardware.ts';

/**
 * A plan for the day when the first choice is not to be had: other types that may stand in.
 *
 * Not by `WeightedCapacity`: ECS counts instances, and its cluster auto scaling works only while every weight is 1
 * (aws/containers-roadmap #76). So a type qualifies only when it was measured to carry about as much as the others, that
 * is, when its weight would come out as 1; the rest of the difference is in the target of the service, which the weakest
 * type sets (`boundsOfMix`).
 */
export interface MixedInstances {
  /** Requests per minute that one instance of the service's own type was measured to carry. */
  readonly capacityPerMinute: number;
  /** Types to fall back on, in this order, each with what it was measured to carry. */
  readonly alternatives: readonly MeasuredCapacity[];
  /**
   * Instances that are always on demand.
   *
   * @default 0
   */
  readonly onDemandBaseCapacity?: number;
  /**
   * Share of the instances above the base that are on demand, 0 to 100. Below 100 the rest is Spot, which AWS may take
   * away with two minutes' notice.
   *
   * @default 100
   */
  readonly onDemandPercentageAboveBaseCapacity?: number;
}

export function usesSpot({ onDemandPercentageAboveBaseCapacity }: MixedInstances): boolean {
  return (onDemandPercentageAboveBaseCapacity ?? 100) < 100;
}

/** @throws when a type cannot take the place of another */
export function alternativesOf(own: InstanceHardware, mixed: MixedInstances): InstanceHardware[] {
  const all = [{ instanceType: own.type, capacityPerMinute: mixed.capacityPerMinute }, ...mixed.alternatives];
  const wrong = all.filter(({ capacityPerMinute }) => !(capacityPerMinute > 0));
  if (wrong.length > 0)
    throw new Error(
      `capacityPerMinute of ${wrong.map(({ instanceType }) => instanceType).join(', ')} must be more than 0: measure the type before production depends on it.`,
    );
  const heavy = capacityWeights(all).filter(({ weight }) => weight > 1);
  if (heavy.length > 0) {
    throw new Error(
      `cannot mix ${all.map((type) => `${type.instanceType} (${type.capacityPerMinute} requests/min)`).join(', ')}: ` +
        `${heavy.map(({ instanceType, weight }) => `${instanceType} would weigh ${weight}`).join(', ')}, and ECS counts every instance as one. ` +
        'Take types that carry less than 1.5 times the weakest.',
    );
  }
  return mixed.alternatives.map(({ instanceType }) => {
    const other = hardwareOf(instanceType, own.imageParameter);
    const why = difference(own, other);
    if (why !== null) throw new Error(`${instanceType} cannot stand in for ${own.type}: ${why}.`);
    return other;
  });
}

function difference(own: InstanceHardware, other: InstanceHardware): string | null {
  if (other.arch !== own.arch) return `its processor is ${other.arch}, the image is made for ${own.arch}`;
  const [has, needs] = [devices(other), devices(own)];
  if (has !== needs) return `it has ${has}, the task takes ${needs}`;
  const [less, more] = [own.vcpu, other.vcpu].sort((a, b) => a - b) as [number, number];
  // A GPU is counted; without one the processors alone tell ECS how many tasks an instance holds.
  return own.gpus === 0 && more >= 2 * less
    ? `one has ${more} vCPUs and the other ${less}, so ECS would reckon with two tasks on the larger and start too few instances`
    : null;
}

function devices({ accelerator }: InstanceHardware): string {
  return accelerator === null ? 'no accelerator' : `${accelerator.count} x ${accelerator.name}`;
}

export function mixedInstancesPolicy(
  launchTemplate: ILaunchTemplate,
  types: readonly InstanceHardware[],
  mixed: MixedInstances,
): MixedInstancesPolicy {
  return {
    launchTemplate,
    launchTemplateOverrides: types.map(({ type }) => ({ instanceType: new InstanceType(type) })),
    instancesDistribution: {
      onDemandBaseCapacity: mixed.onDemandBaseCapacity ?? 0,
      onDemandPercentageAboveBaseCapacity: mixed.onDemandPercentageAboveBaseCapacity ?? 100,
      // In the order given: the type that was chosen comes first.
      onDemandAllocationStrategy: OnDemandAllocationStrategy.PRIORITIZED,
      spotAllocationStrategy: usesSpot(mixed) ? SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED : undefined,
    },
  };
}
