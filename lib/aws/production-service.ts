/** What serves in production, as `verify` sees it: where it is called, how many instances serve, what scales them. */
import type { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { ECS } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SageMaker } from '@aws-sdk/client-sagemaker';
import type { FleetCount, ScalingActivity } from '../core/scale/verify/fleet.ts';
import type { ScalingAlarm } from '../core/scale/verify/step-plan.ts';
import { productionEndpoint } from './production-endpoint.ts';
import { productionOnEcs } from './production-on-ecs.ts';

/** Reads only. */
export interface ProductionServiceClients {
  sagemaker: Pick<SageMaker, 'describeEndpoint'>;
  ecs: Pick<ECS, 'describeServices'>;
  balancing: Pick<
    ElasticLoadBalancingV2,
    'describeTargetGroups' | 'describeLoadBalancers' | 'describeListeners' | 'describeTargetHealth'
  >;
  scaling: Pick<ApplicationAutoScaling, 'describeScalingActivities'>;
  cloudwatch: Pick<CloudWatch, 'describeAlarms'>;
}

export interface Callable {
  /** Origin; null where only the name of a certificate is answered, which AWS does not tell. */
  url: string | null;
  path: string;
  signing?: { service: string; region: string };
}

export interface ProductionService {
  endpoint(): Promise<Callable>;
  fleet(): Promise<FleetCount>;
  /** Of target tracking, those that scale out; empty when the fleet does not scale. */
  alarms(): Promise<ScalingAlarm[]>;
  /** What scaling did, and failed to do, in the last six weeks. */
  activities(): Promise<ScalingActivity[]>;
}

/** @param runtimeUrl origin that takes SageMaker's requests; its own unless given. @returns null when the ARN is neither an endpoint nor a service */
export function productionService(
  clients: ProductionServiceClients,
  { arn, region, runtimeUrl }: { arn: string; region: string; runtimeUrl?: string | undefined },
): ProductionService | null {
  const endpoint = /:endpoint\/([^/]+)$/.exec(arn)?.[1];
  if (endpoint !== undefined) return productionEndpoint(clients, { name: endpoint, region, runtimeUrl });
  const [, cluster, service] = /:service\/([^/]+)\/([^/]+)$/.exec(arn) ?? [];
  return cluster === undefined ? null : productionOnEcs(clients, { cluster, service: service! });
}
