/** The space of a plan: its deployments by the device they live on. */
import { deploymentKey } from '../catalog/in-place.ts';
import type { Plan, PlannedDeployment } from '../plan/plan.ts';
import { TARGET_TIMES } from '../plan/time-constants.ts';
import { batchingOf } from './batching-of.ts';
import type { SearchConfiguration, SearchDevice, SearchSpace } from './space.ts';

/** Where an hour costs the same whatever runs in it: on a laptop, and where the rate alone counts. */
const EVEN_USD_PER_HOUR = 1;

type Planned = Pick<Plan, 'deployments' | 'load' | 'slo' | 'objective' | 'itemsPerRequest'>;

/**
 * Other settings than those of the queue take a deployment of their own, and so do these where the target changes none in
 * place: reloads cost there what deployments do. A configuration whose queue is not known is loaded by closed-loop users, and then all are: rates of open and closed loops do not compare. Each is a device of its own
 * then, because nothing is learnt from one about another. What has no price cannot be searched for the cheapest and is left
 * out.
 * @throws RangeError when the load has no closed-loop stairs for such configurations.
 */
export function spaceOfPlan(plan: Planned): SearchSpace {
  const { deployments, load, slo, itemsPerRequest } = plan;
  const queues = deployments.map((d) => batchingOf(d.configuration, itemsPerRequest));
  const known = queues.every((q) => q !== null);
  const users = load.stairs.flatMap(({ shape }) => (shape.kind === 'closed' ? [shape.users] : []));
  if (!known && users.length === 0) {
    throw new RangeError(
      'the load has no closed-loop stairs to search: use `load: { protocol: stairs }` or `search: grid`',
    );
  }
  const devices = new Map<string, SearchDevice>();
  for (const [i, deployment] of deployments.entries()) {
    const { configuration } = deployment;
    const usdPerHour = priceOf(plan, deployment);
    if (usdPerHour === null) continue;
    const id = known ? `${configuration.target}/${configuration.instanceType}` : configuration.id;
    const { deploySeconds, reloadSeconds } = TARGET_TIMES[configuration.target];
    const shared = { id: configuration.id, deployment: deploymentKey(deployment) };
    const own: SearchConfiguration = known
      ? { ...shared, batching: queues[i]!, users: [] }
      : { ...shared, batching: null, users };
    const configurations = [...(devices.get(id)?.configurations ?? []), own];
    devices.set(id, { id, usdPerHour, deploySeconds, reloadSeconds: reloadSeconds ?? deploySeconds, configurations });
  }
  const trialSeconds = load.adaptive?.trialSeconds ?? load.rounds * load.windowSeconds;
  return { slo, devices: [...devices.values()], trialSeconds };
}

function priceOf({ objective }: Planned, { configuration, usdPerHour }: PlannedDeployment): number | null {
  if (configuration.target === 'local' || objective === 'maximize-throughput') return EVEN_USD_PER_HOUR;
  return usdPerHour;
}
