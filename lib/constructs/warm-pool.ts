import { type AutoScalingGroup, PoolState } from 'aws-cdk-lib/aws-autoscaling';
import type { MixedInstances } from './mixed-fleet.ts';

/**
 * Instances that have booted, hold the model, and were stopped: a scale-out starts them instead of new ones. Each costs
 * its volume all month, and nothing else.
 */
export interface WarmPool {
  /**
   * Stopped instances to keep at least.
   *
   * @default 0
   */
  readonly minSize?: number;
  /**
   * Running and stopped instances together, at most.
   *
   * @default - the group's own maximum: the pool holds whatever does not run
   */
  readonly maxGroupPreparedCapacity?: number;
}

/** Makes the agent join the cluster only once the instance has left the pool (agent 1.59 and later). */
export const WARM_POOL_SETTING = 'ECS_WARM_POOLS_CHECK=true';

/** EC2 Auto Scaling refuses a warm pool beside a mixed instances policy or Spot, but only during the deployment. */
export function assertWarmPool(warmPool?: WarmPool, mixedInstances?: MixedInstances): void {
  if (warmPool === undefined || mixedInstances === undefined) return;
  throw new Error(
    'a warm pool and mixed instances exclude each other: EC2 Auto Scaling refuses a warm pool for a group with several types or Spot. Leave one of warmPool and mixedInstances out.',
  );
}

export function addWarmPool(group: AutoScalingGroup, { minSize, maxGroupPreparedCapacity }: WarmPool): void {
  // Never `reuseOnScaleIn`: ECS refuses it.
  group.addWarmPool({ minSize, maxGroupPreparedCapacity, poolState: PoolState.STOPPED });
}
