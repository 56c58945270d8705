import { CfnOutput, type CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IPeer, Peer } from 'aws-cdk-lib/aws-ec2';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { InstanceContainerProps } from '../constructs/instance-container.ts';
import { InstanceService } from '../constructs/instance-service.ts';
import { instanceServiceMetrics } from '../constructs/instance-service-metrics.ts';
import { IsolatedVpc } from '../constructs/isolated-vpc.ts';
import type { MixedInstances } from '../constructs/mixed-fleet.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ServiceAlarms } from '../constructs/service-alarms.ts';
import { ServiceScaling } from '../constructs/service-scaling.ts';
import type { WarmPool } from '../constructs/warm-pool.ts';
import { boundsOfMix } from '../core/scale/mixed-capacity.ts';
import type { Deployable } from './deployable.ts';
import { fleetCost, scalingEvidence } from './evidence.ts';
import { imageParameter, modelParameters, runtimeEnvironment } from './production-inputs.ts';
import type { ProductionStackProps } from './production-stack.ts';
import { watch } from './production-watch.ts';

/** What only a fleet of EC2 instances can be told. */
export interface InstanceProductionOptions {
  /**
   * Command of the server, for an image that is not the kit's.
   *
   * @default - the image's
   */
  readonly command?: string[];
  /**
   * A second container that takes the requests, where the trial had one.
   *
   * @default - none
   */
  readonly front?: InstanceContainerProps;
  /**
   * Cluster of this app to join.
   *
   * @default - a new one
   */
  readonly cluster?: ICluster;
  /**
   * Who may send requests.
   *
   * @default - whoever is in the VPC
   */
  readonly allowFrom?: IPeer[];
  /**
   * Certificate of the name by which callers reach the load balancer.
   *
   * @default - plain HTTP inside the VPC
   */
  readonly certificate?: ICertificate;
  /**
   * Bucket for the load balancer's access logs.
   *
   * @default - none
   */
  readonly accessLogsBucket?: IBucket;
  /**
   * From the launch of an instance to its first good answer, as measured.
   *
   * @default 300 s, ECS's own
   */
  readonly instanceWarmup?: Duration;
  /**
   * Types that may stand in for the chosen one, each with its measured capacity. The weakest sets the target of all.
   *
   * @default - none
   */
  readonly mixedInstances?: Omit<MixedInstances, 'capacityPerMinute'>;
  /**
   * Prepared, stopped instances; not beside `mixedInstances`.
   *
   * @default - none
   */
  readonly warmPool?: WarmPool;
}

export interface InstanceProduction {
  readonly service: InstanceService;
  readonly alarms: ServiceAlarms;
}

/**
 * The winner of an experiment on EC2 instances, placed by ECS, that scale by the measured capacity. The fleet starts at
 * `minCapacity` and grows with the load: a desired count in the template would throw a grown fleet back at every update.
 */
export function productionOnEcs(
  stack: Stack,
  found: Deployable,
  { recommendation, instances: options = {}, ...props }: ProductionStackProps,
): InstanceProduction {
  const { configuration } = found;
  const network = props.vpc ? null : new IsolatedVpc(stack, 'Network');
  const vpc = props.vpc ?? network!.vpc;
  const mixedInstances = options.mixedInstances && { ...options.mixedInstances, capacityPerMinute: capacityOf(found) };
  const service = new InstanceService(stack, 'Service', {
    command: options.command,
    // As Triton's own instructions have it: its back ends exchange tensors there.
    sharedMemoryMib: configuration.runtime === 'triton' ? 1024 : undefined,
    instanceType: configuration.instanceType,
    image: props.image ?? imageParameter(stack),
    modelData: props.modelData ?? hostedModelParameters(stack),
    environment: { ...runtimeEnvironment(configuration), ...props.environment },
    front: options.front,
    vpc,
    vpcSubnets: props.vpcSubnets,
    cluster: options.cluster,
    certificate: options.certificate,
    accessLogsBucket: options.accessLogsBucket,
    volumeKey: props.volumeKey,
    instanceWarmup: options.instanceWarmup,
    mixedInstances,
    warmPool: options.warmPool,
  });
  network?.letIn(service.fleet);
  for (const peer of options.allowFrom ?? [Peer.ipv4(vpc.vpcCidrBlock)]) service.connections.allowDefaultPortFrom(peer);
  const bounds = mixedInstances
    ? boundsOfMix(found.scaling, mixedInstances.capacityPerMinute, mixedInstances.alternatives)
    : found.scaling;
  const scaling = new ServiceScaling(stack, 'Scaling', {
    service,
    targetPerMinute: bounds.targetValue,
    minCapacity: bounds.minCapacity,
    maxCapacity: bounds.maxCapacity,
    scaleOutCooldown: Duration.seconds(bounds.scaleOutCooldownS),
    scaleInCooldown: Duration.seconds(bounds.scaleInCooldownS),
    quotaInstances: props.quotaInstances,
    evidence: scalingEvidence(recommendation, found),
  });
  const alarms = watch(stack, recommendation, found, {
    metrics: instanceServiceMetrics(service, recommendation.slo.percentile),
    targetPerInstance: scaling.targetPerMinute,
    capacity: { min: scaling.minCapacity, max: scaling.maxCapacity },
    alarmTopic: props.alarmTopic,
  });
  const published = new StringParameter(stack, 'EndpointUrl', {
    parameterName: props.endpointParameterName ?? `/infersweep/${stack.stackName}/endpoint-url`,
    stringValue: service.url,
    description: `Load balancer that serves ${configuration.id} of ${recommendation.experiment}`,
  });

  const output = (key: string, value: string, description: string) =>
    new CfnOutput(stack, `${key}Output`, { key, value, description });
  output('EndpointUrl', service.url, 'Load balancer that takes the requests');
  output('EndpointUrlParameter', published.parameterName, 'SSM parameter that callers read the address from');
  output('ScalingPolicy', `${scaling.minCapacity}..${scaling.maxCapacity} instances`, scaling.description);
  output('FleetCost', fleetCost(recommendation), 'Of the fleet that serves the expected demand at the target');
  output(
    'BeforeDeletion',
    `aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name ${service.fleet.autoScalingGroup.autoScalingGroupName}`,
    'To run when the stack is to be deleted: ECS leaves its instances protected, and the deletion would wait for them for ever (aws/containers-roadmap #2862)',
  );
  return { service, alarms };
}

/** `ModelKey`, held to what may stand in the script of an instance. */
function hostedModelParameters(stack: Stack): ModelData {
  const modelData = modelParameters(stack);
  const key = stack.node.findChild('ModelKey') as CfnParameter;
  key.allowedPattern = '^[A-Za-z0-9_][A-Za-z0-9._/-]*\\.tar\\.gz$';
  key.constraintDescription = 'must be the key of a .tar.gz, of a-z A-Z 0-9 . _ - /';
  return modelData;
}

function capacityOf({ configuration, choice }: Deployable): number {
  if (choice.capacityPerMinute !== null) return choice.capacityPerMinute;
  throw new Error(
    `the recommendation states no capacity of ${configuration.id}, so no other type can be compared with it. Leave mixedInstances out.`,
  );
}
