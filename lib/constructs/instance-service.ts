import { Duration, Lazy } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type IConnectable, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  type CfnService,
  Cluster,
  ContainerInsights,
  type DeploymentAlarmConfig,
  Ec2Service,
  type Ec2TaskDefinition,
  type ICluster,
  PlacementConstraint,
} from 'aws-cdk-lib/aws-ecs';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type DeploymentSurge, deploymentSurge, type FleetBounds } from '../core/scale/deployment-surge.ts';
import { HostedModel } from './hosted-model.ts';
import type { InstanceContainerProps, ServerProps } from './instance-container.ts';
import { InstanceFleet, type InstanceFleetOptions } from './instance-fleet.ts';
import { hardwareOf, type InstanceHardware } from './instance-hardware.ts';
import { createInstanceRole } from './instance-role.ts';
import { createTask } from './instance-task.ts';
import type { ModelData } from './model-data.ts';
import { ServiceBalancer, type ServiceBalancerOptions } from './service-balancer.ts';

export interface InstanceServiceProps extends InstanceFleetOptions, ServiceBalancerOptions, Omit<ServerProps, 'port'> {
  /** As EC2 spells it: `g4dn.xlarge`, `inf1.6xlarge`, `c7g.4xlarge`. */
  readonly instanceType: string;
  /** The model's files: each instance downloads them once. */
  readonly modelData: ModelData;
  /** Network of instances and load balancer. The instances must reach S3, ECR, ECS and CloudWatch Logs. */
  readonly vpc: IVpc;
  /**
   * Cluster to join, of this app.
   *
   * @default - a new one with Container Insights
   */
  readonly cluster?: ICluster;
  /**
   * Port of the server.
   *
   * @default 8080
   */
  readonly port?: number;
  /**
   * Path that answers 200 once requests may come, of the server and of the front.
   *
   * @default /v2/health/ready
   */
  readonly healthCheckPath?: string;
  /**
   * A second container that takes the requests and passes them on to the server at `127.0.0.1` and its `port`: for what
   * the server does not do itself, such as tokenising before Triton.
   *
   * @default - the server takes the requests
   */
  readonly front?: InstanceContainerProps;
  /**
   * SSM parameter that holds the id of the machine image: a pinned or a baked one, of Amazon Linux 2023.
   *
   * @default - the newest ECS image for the instance type
   */
  readonly imageParameter?: string;
  /**
   * How long a task may take until its first good answer before failed health checks count.
   *
   * @default 10 minutes
   */
  readonly startupTimeout?: Duration;
  /**
   * Alarms that roll a deployment back.
   *
   * @default - only tasks that fail to start do
   */
  readonly deploymentAlarms?: DeploymentAlarmConfig;
  /**
   * How long logs are kept.
   *
   * @default one month
   */
  readonly logRetention?: RetentionDays;
  /**
   * Key of the logs.
   *
   * @default - CloudWatch's own
   */
  readonly logKey?: IKey;
}

/**
 * A model on a fleet of EC2 instances behind a load balancer, placed by ECS: one task fills one instance and owns every
 * accelerator of it, which is the deployment whose capacity a trial measures (docs/decisions/0006).
 *
 * Tasks have network interfaces of their own (`awsvpc`): the two containers of a task share one loopback, the load
 * balancer reaches the task's security group and not the instance, and no task reaches the instance's credentials. Host
 * networking would give up the last two, bridge networking the first.
 */
export class InstanceService extends Construct implements IConnectable, IGrantable {
  readonly cluster: ICluster;
  readonly fleet: InstanceFleet;
  readonly service: Ec2Service;
  readonly balancer: ServiceBalancer;
  readonly hardware: InstanceHardware;
  /** Of the load balancer: say here who may call. */
  readonly connections: Connections;
  /** The task's own role: without permissions until something is granted to it. */
  readonly grantPrincipal: IPrincipal;
  /** Address of the load balancer. */
  readonly url: string;

  private bounds: FleetBounds = { minCapacity: 1, maxCapacity: 1, quotaInstances: null };

  constructor(scope: Construct, id: string, props: InstanceServiceProps) {
    super(scope, id);
    this.hardware = hardwareOf(props.instanceType, props.imageParameter);
    const cluster = clusterOf(this, props);
    this.cluster = cluster;
    const role = createInstanceRole(this, cluster);
    const model = HostedModel.of(this, props.modelData, role);
    this.fleet = new InstanceFleet(this, 'Fleet', {
      ...props,
      cluster,
      hardware: this.hardware,
      model,
      role,
      maxInstances: () => this.surge.maxInstances,
    });
    const healthCheckPath = props.healthCheckPath ?? '/v2/health/ready';
    const { task, entry, port } = createTask(this, {
      ...props,
      port: props.port ?? 8080,
      healthCheckPath,
      startupTimeout: startupTimeout(props),
      types: this.fleet.types,
      model,
    });
    this.balancer = new ServiceBalancer(this, 'Balancer', { ...props, port, healthCheckPath });
    this.service = this.runService(task, cluster, props);
    this.balancer.targetGroup.addTarget(
      this.service.loadBalancerTarget({ containerName: entry.containerName, containerPort: port }),
    );
    const { loadBalancer, url } = this.balancer;
    this.connections = new Connections({
      securityGroups: loadBalancer.connections.securityGroups,
      defaultPort: Port.tcp(props.certificate ? 443 : 80),
    });
    this.grantPrincipal = task.taskRole.grantPrincipal;
    this.url = url;
  }

  /** How far the fleet may grow while a new version replaces the old one. */
  get surge(): DeploymentSurge {
    return deploymentSurge(this.bounds);
  }

  /** Bounds of the service, which the group follows; `ServiceScaling` sets them. One instance until then. */
  holdBetween(bounds: FleetBounds): void {
    this.bounds = bounds;
  }

  /** Requests that reached a task. Sum unless told otherwise. */
  metricRequests(options?: MetricOptions): Metric {
    return this.balancer.targetGroup.metrics.requestCount({ statistic: Stats.SUM, ...options });
  }

  /** Requests per task: what target tracking holds at its target, per minute. Only its sum means anything. */
  metricRequestsPerTarget(options?: MetricOptions): Metric {
    return this.balancer.targetGroup.metrics.custom('RequestCountPerTarget', { statistic: Stats.SUM, ...options });
  }

  /** From the load balancer to the task and back, in seconds. The 95th percentile unless told otherwise. */
  metricLatency(options?: MetricOptions): Metric {
    return this.balancer.targetGroup.metrics.targetResponseTime({ statistic: Stats.percentile(95), ...options });
  }

  /** Requests that a task failed. Sum unless told otherwise. */
  metricErrors(options?: MetricOptions): Metric {
    return this.balancer.targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, {
      statistic: Stats.SUM,
      ...options,
    });
  }

  /** Requests that the load balancer failed itself, for want of a healthy task among others. Sum unless told otherwise. */
  metricBalancerErrors(options?: MetricOptions): Metric {
    return this.balancer.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, {
      statistic: Stats.SUM,
      ...options,
    });
  }

  /** Tasks that fail their health check. Maximum unless told otherwise. */
  metricUnhealthyTasks(options?: MetricOptions): Metric {
    return this.balancer.targetGroup.metrics.unhealthyHostCount({ statistic: Stats.MAXIMUM, ...options });
  }

  /** Tasks that run, one to an instance, by Container Insights. */
  metricRunningTasks(options?: MetricOptions): Metric {
    return this.insight('RunningTaskCount', options);
  }

  /** Tasks that scaling asked for, by Container Insights: above those that run, instances are missing. */
  metricDesiredTasks(options?: MetricOptions): Metric {
    return this.insight('DesiredTaskCount', options);
  }

  /** Instances needed over instances there, in percent: above its target the group grows, below it shrinks. */
  metricCapacityReservation(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/ECS/ManagedScaling',
      metricName: 'CapacityProviderReservation',
      dimensionsMap: {
        ClusterName: this.cluster.clusterName,
        CapacityProviderName: this.fleet.capacityProvider.capacityProviderName,
      },
      ...options,
    }).attachTo(this);
  }

  private insight(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: this.cluster.clusterName, ServiceName: this.service.serviceName },
      ...options,
    }).attachTo(this);
  }

  private runService(task: Ec2TaskDefinition, cluster: Cluster, props: InstanceServiceProps): Ec2Service {
    const service = new Ec2Service(this, 'Service', {
      cluster,
      taskDefinition: task,
      // A launch type would leave the group's size to nobody.
      capacityProviderStrategies: [{ capacityProvider: this.fleet.capacityProvider.capacityProviderName, weight: 1 }],
      // No desired count: every update of the stack would throw the service back to it.
      placementConstraints: [PlacementConstraint.distinctInstances()],
      vpcSubnets: props.vpcSubnets,
      securityGroups: [
        new SecurityGroup(this, 'SecurityGroup', {
          vpc: props.vpc,
          description: 'Model server: requests from the load balancer, no way out',
          // Images, logs and model come through the instance.
          allowAllOutbound: false,
        }),
      ],
      circuitBreaker: { enable: true, rollback: true },
      deploymentAlarms: props.deploymentAlarms,
      healthCheckGracePeriod: startupTimeout(props),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
    });
    (service.node.findChild('Service') as CfnService).addPropertyOverride(
      'DeploymentConfiguration.MaximumPercent',
      Lazy.number({ produce: () => this.surge.maximumPercent }),
    );
    // At deletion the service must be gone before the cluster lets its capacity provider go.
    service.node.addDependency(cluster, this.fleet);
    return service;
  }
}

function clusterOf(scope: Construct, { cluster, vpc }: InstanceServiceProps): Cluster {
  if (cluster === undefined) {
    return new Cluster(scope, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENABLED });
  }
  if (cluster instanceof Cluster) return cluster;
  throw new Error(
    `cluster ${cluster.node.path} is imported. The capacity providers of a cluster are set as one list (PutClusterCapacityProviders), so adding one here would take away those it has. Give a Cluster of this app, or none.`,
  );
}

function startupTimeout(props: InstanceServiceProps): Duration {
  return props.startupTimeout ?? Duration.minutes(10);
}
