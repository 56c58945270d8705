/** How long deployments live, expected and at most. */
import type { LoadPlan } from './load-plan.ts';
import { confirmLegs, confirmSeconds, screenSeconds } from './load-seconds.ts';
import type { Plan, PlannedDeployment, Preparation, TargetName } from './plan.ts';
import { CHECK_SECONDS, TARGET_TIMES, WORST_CASE_FACTOR } from './time-constants.ts';

function overhead(target: TargetName): number {
  const { deploySeconds, teardownSeconds } = TARGET_TIMES[target];
  return deploySeconds + CHECK_SECONDS + teardownSeconds;
}

/** Life of a screening group: `deployments` of one target that take turns, in seconds. */
export function screenLifeSeconds(target: TargetName, load: LoadPlan, deployments: number): number {
  const added = (load.refine?.steps ?? 0) * TARGET_TIMES[target].generatorSeconds;
  return added + deployments * (overhead(target) + load.repeats * screenSeconds(load));
}

/** Life of the confirmation group, all of it alive together, in seconds. */
export function confirmLifeSeconds(targets: readonly TargetName[], load: LoadPlan): number {
  const start = targets.reduce((sum, target) => sum + overhead(target), 0);
  const starts = Math.max(0, ...targets.map((target) => TARGET_TIMES[target].generatorSeconds));
  return start + (confirmLegs(load) - 1) * starts + targets.length * load.repeats * confirmSeconds(load);
}

/** Finalists of so many deployments. */
export function finalistCount(load: LoadPlan, deployments: number): number {
  return Math.min(load.confirmation?.finalists ?? 0, deployments);
}

/** Targets of the finalists. Nobody knows them yet: those that take longest to start. */
export function slowestFinalists({ deployments, load }: Pick<Plan, 'deployments' | 'load'>): TargetName[] {
  const targets = deployments.map(({ configuration }) => configuration.target);
  const slowest = targets.sort((a, b) => TARGET_TIMES[b].deploySeconds - TARGET_TIMES[a].deploySeconds);
  return slowest.slice(0, finalistCount(load, deployments.length));
}

/** Time to live of a deployment that is expected to live so long: at its end its host ends it, whatever the controller does. */
export function ttlSeconds(target: TargetName, lifeSeconds: number): number {
  return Math.ceil(WORST_CASE_FACTOR * lifeSeconds + TARGET_TIMES[target].stuckSeconds);
}

export type Round = 'screen' | 'confirm';

/** Time to live of each deployment of a plan, in seconds: the deadline that it is made with, and held for. */
export function timesToLive(
  plan: Pick<Plan, 'deployments' | 'load'>,
): (planned: Pick<PlannedDeployment, 'group' | 'configuration'>, round: Round) => number {
  const { deployments, load } = plan;
  const confirmLife = confirmLifeSeconds(slowestFinalists(plan), load);
  const sizes = new Map<string, number>();
  for (const { group } of deployments) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return ({ group, configuration: { target } }, round) =>
    ttlSeconds(target, round === 'confirm' ? confirmLife : screenLifeSeconds(target, load, sizes.get(group)!));
}

/** Time to live of a host that makes an artifact and ends. */
export function preparationTtlSeconds({ secondsExpected }: Preparation): number {
  const { deploySeconds, teardownSeconds } = TARGET_TIMES.ec2;
  return ttlSeconds('ec2', deploySeconds + secondsExpected + teardownSeconds);
}
