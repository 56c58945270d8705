/** An ECS service in production, behind its Application Load Balancer. */
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import { inferPath } from '../core/load/requests.ts';
import type { ProductionService, ProductionServiceClients } from './production-service.ts';
import { scaleOutAlarms } from './scale-out-alarms.ts';
import { scalingActivities } from './scaling-activities.ts';

/** What `ALBRequestCountPerTarget` is called in CloudWatch (guide of Application Load Balancers, "CloudWatch metrics"). */
const PER_TARGET = 'RequestCountPerTarget';

export function productionOnEcs(
  { ecs, balancing, cloudwatch, scaling }: ProductionServiceClients,
  { cluster, service }: { cluster: string; service: string },
): ProductionService {
  const resource = `service/${cluster}/${service}`;
  const described = async () => (await ecs.describeServices({ cluster, services: [service] })).services?.[0];
  return {
    endpoint: async () => {
      const group = (await described())?.loadBalancers?.[0]?.targetGroupArn;
      if (group === undefined) return { url: null, path: inferPath };
      const { TargetGroups = [] } = await balancing.describeTargetGroups({ TargetGroupArns: [group] });
      const balancer = TargetGroups[0]?.LoadBalancerArns?.[0];
      if (balancer === undefined) return { url: null, path: inferPath };
      const [{ LoadBalancers = [] }, { Listeners = [] }] = await Promise.all([
        balancing.describeLoadBalancers({ LoadBalancerArns: [balancer] }),
        balancing.describeListeners({ LoadBalancerArn: balancer }),
      ]);
      const listener = Listeners.find((l) => forwardsTo(l, group));
      return { url: urlOf(listener, LoadBalancers[0]?.DNSName), path: inferPath };
    },
    fleet: async () => {
      const found = await described();
      const { desiredCount: desired = 0, runningCount: running = 0, loadBalancers = [] } = found ?? {};
      const group = loadBalancers[0]?.targetGroupArn;
      if (group === undefined) return { desired, running, instances: running };
      const { TargetHealthDescriptions = [] } = await balancing.describeTargetHealth({ TargetGroupArn: group });
      const healthy = TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy');
      return { desired, running, instances: healthy.length };
    },
    // Named `TargetTracking-<resource>-AlarmHigh-<uuid>`.
    alarms: () => scaleOutAlarms(cloudwatch, { prefix: `TargetTracking-${resource}-`, metric: PER_TARGET }),
    activities: () => scalingActivities(scaling, { ServiceNamespace: 'ecs', ResourceId: resource }),
  };
}

/** The others answer with a redirection. */
function forwardsTo({ DefaultActions = [] }: Listener, group: string): boolean {
  return DefaultActions.some(
    ({ TargetGroupArn, ForwardConfig }) =>
      TargetGroupArn === group || ForwardConfig?.TargetGroups?.some((t) => t.TargetGroupArn === group),
  );
}

/** A certificate is for a name of the callers, never for the balancer's own. */
function urlOf(listener: Listener | undefined, host: string | undefined): string | null {
  if (listener?.Protocol !== 'HTTP' || host === undefined) return null;
  return `http://${host}${listener.Port === 80 ? '' : `:${listener.Port}`}`;
}
