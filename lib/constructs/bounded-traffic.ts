import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { IpAddresses, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AwsLogDriverMode,
  Cluster,
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { EcsRunFargateTask } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { InferenceEndpoint } from './inference-endpoint.ts';

/** What one container of the source is to load. */
export interface TrafficTarget {
  /** Name within the source: letters, digits and hyphens. */
  readonly name: string;
  readonly endpoint: InferenceEndpoint;
}

/** The source's settings as a command is made from them. */
export interface TrafficOrder {
  readonly endpointName: string;
  readonly region: string;
  /** SageMaker's address of the endpoint; requests to it must be signed with the task's role. */
  readonly url: string;
  readonly requestsPerMinute: number;
  readonly seconds: number;
}

export interface TrafficSettings {
  /** Load generator, with Node.js in it, which keeps the deadline. */
  readonly image: ContainerImage;
  /**
   * How the image is told to load one endpoint, for `seconds` at most. It must sign its requests (SigV4) with the
   * credentials of the task.
   */
  readonly command: (order: TrafficOrder) => string[];
  /** Requests per minute to each endpoint: all get the same. */
  readonly requestsPerMinute: number;
  /** When the source starts, RFC 3339 in UTC: `2026-01-31T12:00:00Z`. */
  readonly startsAt: string;
  /** How long it runs, at most 24 hours. ECS stops it two minutes later, whatever the generator does. */
  readonly duration: Duration;
  /**
   * Environment of the generators: where their payloads are, for example.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
  /**
   * Processor that the image is built for.
   *
   * @default CpuArchitecture.ARM64
   */
  readonly cpuArchitecture?: CpuArchitecture;
  /**
   * Where the task runs.
   *
   * @default - a new VPC of two public subnets: no ingress, no NAT gateway, nothing to pay while idle
   */
  readonly vpc?: IVpc;
}

export interface BoundedTrafficProps extends TrafficSettings {
  readonly targets: readonly TrafficTarget[];
}

/** Fargate sizes that give each of five generators a vCPU of its own, so that none is slowed by another. */
const SIZES = [
  { upTo: 2, cpu: 2048, memoryLimitMiB: 4096 },
  { upTo: 4, cpu: 4096, memoryLimitMiB: 8192 },
  { upTo: 5, cpu: 8192, memoryLimitMiB: 16384 },
];
const GRACE_SECONDS = 120;

/**
 * The same load on several endpoints at the same time, once. Three things end it: the generator's own duration; a container
 * that ECS must keep alive and that ends at the deadline, which ends the task; and no service that would start it again.
 */
export class BoundedTraffic extends Construct implements IGrantable {
  readonly taskDefinition: FargateTaskDefinition;
  /** For grants that a generator needs beside the endpoints: its payloads. */
  readonly grantPrincipal: IPrincipal;
  /** When the load is over at the latest. */
  readonly endsAt: Date;

  constructor(scope: Construct, id: string, props: BoundedTrafficProps) {
    super(scope, id);
    const { targets, image, requestsPerMinute, cpuArchitecture = CpuArchitecture.ARM64 } = props;
    const size = SIZES.find(({ upTo }) => targets.length <= upTo);
    const seconds = props.duration.toSeconds();
    const startsAt = utc('startsAt', props.startsAt);
    if (targets.length === 0 || !size) throw new Error(`${targets.length} targets: a source takes 1 to 5.`);
    if (seconds < 60 || seconds > 86_400) throw new Error(`duration is ${seconds} s. It takes 60 s to 24 hours.`);
    if (!(requestsPerMinute > 0)) throw new Error(`requestsPerMinute is ${requestsPerMinute}, must be more than 0.`);
    this.endsAt = new Date(startsAt.getTime() + (seconds + GRACE_SECONDS) * 1000);

    const vpc = props.vpc ?? publicVpc(this);
    const { cpu, memoryLimitMiB } = size;
    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB,
      runtimePlatform: { cpuArchitecture },
    });
    this.grantPrincipal = this.taskDefinition.taskRole;
    const logging = LogDrivers.awsLogs({
      streamPrefix: 'load',
      mode: AwsLogDriverMode.NON_BLOCKING,
      logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY }),
    });
    this.taskDefinition.addContainer('Deadline', {
      image,
      logging,
      essential: true,
      entryPoint: ['node', '-e', `setTimeout(() => {}, ${(seconds + GRACE_SECONDS) * 1000})`],
    });
    const { region, urlSuffix } = Stack.of(this);
    for (const { name, endpoint } of targets) {
      endpoint.grantInvoke(this.taskDefinition.taskRole);
      const { endpointName } = endpoint;
      this.taskDefinition.addContainer(name, {
        image,
        logging,
        // One that fails must not end the load of the others.
        essential: false,
        environment: props.environment,
        command: props.command({
          endpointName,
          region,
          url: `https://runtime.sagemaker.${region}.${urlSuffix}/endpoints/${endpointName}/invocations`,
          requestsPerMinute,
          seconds,
        }),
      });
    }
    new Schedule(this, 'Start', {
      description: `Starts ${seconds} s of load, once`,
      schedule: ScheduleExpression.at(startsAt),
      target: new EcsRunFargateTask(new Cluster(this, 'Cluster', { vpc }), {
        taskDefinition: this.taskDefinition,
        vpcSubnets: props.vpc ? undefined : { subnetType: SubnetType.PUBLIC },
        assignPublicIp: props.vpc ? undefined : true,
        securityGroups: [new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Load generators: no ingress' })],
        taskCount: 1,
        propagateTags: true,
        // Load that starts late would outlive its deadline's meaning: better none.
        maxEventAge: Duration.minutes(2),
        retryAttempts: 2,
      }),
    });
  }
}

/** No ingress, and the way out costs nothing while nothing runs. */
function publicVpc(scope: Construct): Vpc {
  return new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
    maxAzs: 2,
    natGateways: 0,
    // Nothing is in the default group; emptying it would take a function of its own.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
  });
}

/** A moment that Scheduler can take. */
export function utc(what: string, moment: string): Date {
  const date = new Date(moment);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(moment) && !Number.isNaN(date.getTime())) return date;
  throw new Error(
    `${what} is "${moment}". Expected a moment in UTC, RFC 3339 without fractions: 2026-01-31T12:00:00Z.`,
  );
}
