import { CfnOutput, Duration, RemovalPolicy, type StackProps } from 'aws-cdk-lib';
import type { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { Policy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type BucketPrefix, grantKeepObjects } from '../constructs/bucket-prefix.ts';
import { ControllerTask } from '../constructs/controller-task.ts';
import { DataBucket } from '../constructs/data-bucket.ts';
import { DeletionGate } from '../constructs/deletion-gate.ts';
import { DurableSweep } from '../constructs/durable-sweep.ts';
import type { GuardParts } from '../constructs/guard-parts.ts';
import { LabNetwork, type LabNetworkProps } from '../constructs/lab-network.ts';
import { LoadGeneratorTask } from '../constructs/load-generator-task.ts';
import { passRoles } from '../constructs/pass-role.ts';
import { readEndpointLogs, readHostLogs } from '../constructs/read-logs.ts';
import { SweepAlarms } from '../constructs/sweep-alarms.ts';
import { SweepDashboard } from '../constructs/sweep-dashboard.ts';
import { createTrialExecutionRole } from '../constructs/trial-execution-role.ts';
import { TrialHosts } from '../constructs/trial-hosts.ts';
import { LAB_PARAMETER, type Lab, prefixes } from '../core/catalog/lab.ts';
import { hostSite } from './host-site.ts';
import { ZonedStack } from './zoned-stack.ts';

export interface LabStackProps extends StackProps, LabNetworkProps {
  readonly guard: GuardParts;
  /** Bucket of prepared models: `artifacts` of the Images stack. */
  readonly artifacts: IBucket;
  /**
   * EC2 families that trials may run on, one launch template each.
   *
   * @default ['g4dn', 'inf1', 'c7g', 'c7i']
   */
  readonly families?: readonly string[];
  /**
   * Longest life of an EC2 trial host.
   *
   * @default Duration.hours(4)
   */
  readonly maximumTtl?: Duration;
  /**
   * Whether Lambda in the region has durable functions. Without them every sweep is driven by a task on Fargate.
   *
   * @default true
   */
  readonly durable?: boolean;
  /**
   * Longest life of a whole sweep on durable functions, 1 second to 366 days.
   *
   * @default Duration.days(30)
   */
  readonly sweepTimeout?: Duration;
  /**
   * Where models are that need no preparation.
   *
   * @default - the artifacts bucket only
   */
  readonly models?: readonly BucketPrefix[];
  /**
   * Key of the results bucket.
   *
   * @default - S3's own
   */
  readonly encryptionKey?: IKey;
  /**
   * Processor of the load generators.
   *
   * @default CpuArchitecture.ARM64
   */
  readonly loadGeneratorCpu?: CpuArchitecture;
  /**
   * Image of the load generators.
   *
   * @default - the kit's `loadgen`, which must have been built before this stack is deployed
   */
  readonly loadGeneratorImage?: ContainerImage;
}

/** Where sweeps run: results, load generators, hosts and roles for trials. Nothing of it runs until a sweep does. */
export class LabStack extends ZonedStack {
  readonly network: LabNetwork;
  readonly results: DataBucket;
  readonly hosts: TrialHosts;
  readonly loadGenerator: LoadGeneratorTask;
  /** null where the region has no durable functions. */
  readonly sweep: DurableSweep | null;
  /** Drives runs where durable functions do not; null in a network that it could not reach AWS from. */
  readonly controller: ControllerTask | null;

  constructor(scope: Construct, id: string, props: LabStackProps) {
    super(scope, id, { description: 'infersweep lab: results, load generators, trial hosts', ...props });
    const { guard, artifacts } = props;
    this.network = new LabNetwork(this, 'Network', props);
    const { vpc } = this.network;
    this.results = new DataBucket(this, 'Results', {
      encryptionKey: props.encryptionKey,
      expire: { [prefixes.hosts]: Duration.days(7), [prefixes.load]: Duration.days(30) },
    });
    const models: BucketPrefix[] = [{ bucket: artifacts, prefix: prefixes.artifacts }, ...(props.models ?? [])];
    const hostLogs = new LogGroup(this, 'HostLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.hosts = new TrialHosts(this, 'Hosts', {
      vpc,
      families: props.families ?? ['g4dn', 'inf1', 'c7g', 'c7i'],
      reads: [{ bucket: this.results, prefix: prefixes.hosts }, ...models],
      logGroup: hostLogs,
      maximumTtl: props.maximumTtl,
    });
    this.loadGenerator = new LoadGeneratorTask(this, 'Load', {
      vpc,
      exchange: { bucket: this.results, prefix: prefixes.load },
      cpuArchitecture: props.loadGeneratorCpu,
      image: props.loadGeneratorImage,
    });
    this.hosts.allowLoadFrom(this.loadGenerator);
    const executionRole = createTrialExecutionRole(this, 'ExecutionRole', models);
    // Of this stack, attached to Guard's role: the other way round the stacks would need each other. Its name must tell
    // the stacks apart: of two policies with one name on a role, the later replaces the earlier.
    const createPolicy = new Policy(this, 'CreatePolicy', {
      policyName: `${this.stackName}-create`,
      roles: [guard.createRole],
      statements: [
        passRoles([executionRole], 'sagemaker.amazonaws.com'),
        passRoles([this.hosts.role], 'ec2.amazonaws.com'),
        ...this.loadGenerator.startStatements(),
        readHostLogs(hostLogs),
        readEndpointLogs(this),
      ],
    });
    grantKeepObjects(this.results, [prefixes.runs, prefixes.hosts, prefixes.load], createPolicy);
    grantKeepObjects(artifacts, [prefixes.artifacts], createPolicy);
    const { createRole, deleteRole, ledgerTable } = guard;
    const roles = { createRole, deleteRole };
    const { loadGenerator } = this;
    this.sweep =
      props.durable === false
        ? null
        : new DurableSweep(this, 'Sweep', {
            ...roles,
            ledgerTable,
            results: this.results,
            executionTimeout: props.sweepTimeout,
          });
    this.controller = this.network.reachesControlPlanes
      ? new ControllerTask(this, 'Controller', { ...roles, vpc, loadGenerator })
      : null;
    if (this.sweep === null && this.controller === null) {
      throw new Error(
        'the lab has nothing that drives sweeps: without durable functions (durable: false) a task does, which reaches AWS from the network `public` or one of your own, not from `isolated`.',
      );
    }
    if (this.sweep !== null) {
      const functions = Object.values(this.sweep.functions);
      new SweepAlarms(this, 'SweepAlarms', { functions, topic: guard.alarmTopic });
    }
    new SweepDashboard(this, 'Dashboard', { hostLogs, loadLogs: this.loadGenerator.logGroup });

    const lab = {
      schema: 'infersweep.lab.v1',
      resultsBucket: this.results.bucketName,
      artifactsBucket: artifacts.bucketName,
      executionRole: executionRole.roleArn,
      loadTask: {
        cluster: this.loadGenerator.cluster.clusterArn,
        definition: this.loadGenerator.taskDefinition.taskDefinitionArn,
        container: this.loadGenerator.containerName,
        securityGroup: this.loadGenerator.securityGroup.securityGroupId,
        assignPublicIp: this.network.assignPublicIp ? 'ENABLED' : 'DISABLED',
        ...this.loadGenerator.size,
      },
      controllerTask: this.controller && controllerSite(this.controller),
      sweep: this.sweep && {
        start: this.sweep.functions.sweep.version.functionArn,
        group: this.sweep.functions.group.version.functionArn,
      },
      ...hostSite(this.network, this.hosts, hostLogs),
    } satisfies Lab;
    new StringParameter(this, 'Lab', {
      parameterName: LAB_PARAMETER,
      stringValue: this.toJsonString(lab),
      description: 'Where sweeps run; read by infersweep',
    });
    new CfnOutput(this, 'ResultsBucket', { value: this.results.bucketName });
    new CfnOutput(this, 'NetworkIdleCost', { value: this.network.idleCost });
    new DeletionGate(this, 'DeletionGate', { reaperFunction: guard.reaperFunction, guards: [...this.node.children] });
  }
}

function controllerSite({ taskDefinition, containerName, securityGroup, size }: ControllerTask): Lab['controllerTask'] {
  return {
    definition: taskDefinition.taskDefinitionArn,
    container: containerName,
    securityGroup: securityGroup.securityGroupId,
    ...size,
  };
}
