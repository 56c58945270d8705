/** How long the controller of a run may live where it is a task of its own. */
import type { Plan } from './plan.ts';
import { TARGET_TIMES, WORST_CASE_FACTOR } from './time-constants.ts';

/** Of its life the last part: what is under way is torn down in it, a load of an hour excepted, which its deadline ends. */
export const CONTROLLER_END_SECONDS = 1800;

type Controlled = Pick<Plan, 'budget' | 'deployments'> & { estimate: Pick<Plan['estimate'], 'secondsExpected'> };

/**
 * Time to live of a controller, in seconds: twice what the plan is expected to take, a deployment that hangs in creation once,
 * and its end; less where the experiment's hours are over earlier. Groups are taken to follow each other, as in the estimate.
 */
export function controllerTtlSeconds({ estimate, budget, deployments }: Controlled): number {
  const stuck = Math.max(0, ...deployments.map(({ configuration }) => TARGET_TIMES[configuration.target].stuckSeconds));
  const working = WORST_CASE_FACTOR * estimate.secondsExpected + stuck;
  const allowed = budget.hours === null ? working : Math.min(working, budget.hours * 3600);
  return Math.ceil(allowed) + CONTROLLER_END_SECONDS;
}
