/** How long deployments live, expected and at most. */
import type { LoadPlan } from './load-plan.ts';
import { confirmSeconds, screenSeconds } from './load-seconds.ts';
import type { TargetName } from './plan.ts';
import { CHECK_SECONDS, TARGET_TIMES, WORST_CASE_FACTOR } from './time-constants.ts';

function overhead(target: TargetName): number {
  const { deploySeconds, teardownSeconds } = TARGET_TIMES[target];
  return deploySeconds + CHECK_SECONDS + teardownSeconds;
}

/** Life of a screening group: `deployments` of one target that take turns, in seconds. */
export function screenLifeSeconds(target: TargetName, load: LoadPlan, deployments: number): number {
  return deployments * (overhead(target) + load.repeats * screenSeconds(load));
}

/** Life of the confirmation group, all of it alive together, in seconds. */
export function confirmLifeSeconds(targets: readonly TargetName[], load: LoadPlan): number {
  const start = targets.reduce((sum, target) => sum + overhead(target), 0);
  return start + targets.length * load.repeats * confirmSeconds(load);
}

/** Finalists of so many deployments. */
export function finalistCount(load: LoadPlan, deployments: number): number {
  return Math.min(load.confirmation?.finalists ?? 0, deployments);
}

/** Time to live of a deployment that is expected to live so long: at its end its host ends it, whatever the controller does. */
export function ttlSeconds(target: TargetName, lifeSeconds: number): number {
  return Math.ceil(WORST_CASE_FACTOR * lifeSeconds + TARGET_TIMES[target].stuckSeconds);
}
