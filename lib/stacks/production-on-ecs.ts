import { CfnOutput, type CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IPeer, type IVpc, Peer, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { InstanceContainerProps } from '../constructs/instance-container.ts';
import { InstanceService } from '../constructs/instance-service.ts';
import { IsolatedVpc } from '../constructs/isolated-vpc.ts';
import type { MixedInstances } from '../constructs/mixed-fleet.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import { ServiceScaling } from '../constructs/service-scaling.ts';
import type { WarmPool } from '../constructs/warm-pool.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { boundsOfMix } from '../core/scale/mixed-capacity.ts';
import type { Deployable } from './deployable.ts';
import { fleetCost, scalingEvidence } from './evidence.ts';
import { imageParameter, modelParameters, runtimeEnvironment } from './production-inputs.ts';

export interface ProductionOnEcsProps {
  /** The document that the deployable was taken from. */
  readonly recommendation: Recommendation;
  /**
   * Image of the model server: the one that was measured.
   *
   * @default - the CloudFormation parameter `Image`, asked for at deployment
   */
  readonly image?: ModelImage;
  /**
   * The model's files as prepared for the chosen configuration. A new version needs a new key: instances that hold the
   * old one are told apart by it.
   *
   * @default - the CloudFormation parameters `ModelBucket` and `ModelKey`, asked for at deployment
   */
  readonly modelData?: ModelData;
  /**
   * Environment of the server, beside what the runtime needs.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
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
   * Network of instances and load balancer. The instances must reach S3, ECR, ECS and CloudWatch Logs.
   *
   * @default - a new one without a way to the internet, about 88 USD a month in us-east-1 (`IsolatedVpc`)
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the instances.
   *
   * @default - private ones
   */
  readonly vpcSubnets?: SubnetSelection;
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
   * Key of the instances' volumes.
   *
   * @default - the account's key for EBS
   */
  readonly volumeKey?: IKey;
  /**
   * From the launch of an instance to its first good answer, as measured.
   *
   * @default 300 s, ECS's own
   */
  readonly instanceWarmup?: Duration;
  /**
   * Instances of the chosen type that the account may run.
   *
   * @default - not read: a warning says what the quota must allow
   */
  readonly quotaInstances?: number;
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
  /**
   * SSM parameter that callers read the address from.
   *
   * @default /infersweep/<stack name>/endpoint-url
   */
  readonly endpointParameterName?: string;
}

export interface ProductionOnEcs {
  readonly service: InstanceService;
  readonly scaling: ServiceScaling;
}

/**
 * The winner of an experiment on EC2 instances, placed by ECS, that scale by the measured capacity. The fleet starts at
 * `minCapacity` and grows with the load: a desired count in the template would throw a grown fleet back at every update.
 */
export function productionOnEcs(stack: Stack, found: Deployable, props: ProductionOnEcsProps): ProductionOnEcs {
  const { recommendation } = props;
  const { configuration } = found;
  const network = props.vpc ? null : new IsolatedVpc(stack, 'Network');
  const vpc = props.vpc ?? network!.vpc;
  const mixedInstances = props.mixedInstances && { ...props.mixedInstances, capacityPerMinute: capacityOf(found) };
  const service = new InstanceService(stack, 'Service', {
    command: props.command,
    // As Triton's own instructions have it: its back ends exchange tensors there.
    sharedMemoryMib: configuration.runtime === 'triton' ? 1024 : undefined,
    instanceType: configuration.instanceType,
    image: props.image ?? imageParameter(stack),
    modelData: props.modelData ?? hostedModelParameters(stack),
    environment: { ...runtimeEnvironment(configuration), ...props.environment },
    front: props.front,
    vpc,
    vpcSubnets: props.vpcSubnets,
    cluster: props.cluster,
    certificate: props.certificate,
    accessLogsBucket: props.accessLogsBucket,
    volumeKey: props.volumeKey,
    instanceWarmup: props.instanceWarmup,
    mixedInstances,
    warmPool: props.warmPool,
  });
  network?.letIn(service.fleet);
  for (const peer of props.allowFrom ?? [Peer.ipv4(vpc.vpcCidrBlock)]) service.connections.allowDefaultPortFrom(peer);
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
  const published = new StringParameter(stack, 'EndpointUrl', {
    parameterName: props.endpointParameterName ?? `/infersweep/${stack.stackName}/endpoint-url`,
    stringValue: service.url,
    description: `Load balancer that serves ${configuration.id} of ${recommendation.experiment}`,
  });

  const output = (key: string, value: string, description: string) =>
    new CfnOutput(stack, `${key}Output`, { key, value, description });
  output('EndpointUrl', service.url, 'Load balancer that takes the requests');
  output('EndpointUrlParameter', published.parameterName, 'SSM parameter that callers read the address from');
  output('ScalingPolicy', `${bounds.minCapacity}..${bounds.maxCapacity} instances`, scaling.description);
  output('FleetCost', fleetCost(recommendation), 'Of the fleet that serves the expected demand at the target');
  output(
    'BeforeDeletion',
    `aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name ${service.fleet.autoScalingGroup.autoScalingGroupName}`,
    'To run when the stack is to be deleted: ECS leaves its instances protected, and the deletion would wait for them for ever (aws/containers-roadmap #2862)',
  );
  return { service, scaling };
}

/** `ModelKey`, held to what ECS takes for an attribute: with a bucket's 63 characters and a colon at most 128. */
function hostedModelParameters(stack: Stack): ModelData {
  const modelData = modelParameters(stack);
  const key = stack.node.findChild('ModelKey') as CfnParameter;
  key.allowedPattern = '^[A-Za-z0-9_][A-Za-z0-9._/-]*\\.tar\\.gz$';
  key.maxLength = 64;
  key.constraintDescription = 'must be the key of a .tar.gz, at most 64 characters of a-z A-Z 0-9 . _ - /';
  return modelData;
}

function capacityOf({ configuration, choice }: Deployable): number {
  if (choice.capacityPerMinute !== null) return choice.capacityPerMinute;
  throw new Error(
    `the recommendation states no capacity of ${configuration.id}, so no other type can be compared with it. Leave mixedInstances out.`,
  );
}
