import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Connections, type IConnectable, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  AwsLogDriverMode,
  Capability,
  Cluster,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { imageDigestParameter, REPOSITORY_PREFIX, ROLE_PATH } from '../core/catalog/lab.ts';
import { namePrefix, tagKeys } from '../core/plan/tags.ts';
import { type BucketPrefix, grantReadPrefix, grantWritePrefix } from './bucket-prefix.ts';
import { passRoles } from './pass-role.ts';

export interface LoadGeneratorTaskProps {
  readonly vpc: IVpc;
  /** Where jobs are read from and results written to. */
  readonly exchange: BucketPrefix;
  /**
   * Processor of the task; the image must be built for it.
   *
   * @default CpuArchitecture.ARM64
   */
  readonly cpuArchitecture?: CpuArchitecture;
  /**
   * The load engine's image.
   *
   * @default - the kit's `loadgen` as last built: its digest is read from SSM when the stack is deployed
   */
  readonly image?: ContainerImage;
}

/** Two whole vCPUs: one for the clock and the sockets, one for everything else, so that the client is not the bottleneck. */
const SIZE = { cpu: 2048, memoryLimitMiB: 4096 };

/** A task that drives load from inside the region and ends with its job. No service: nothing runs until a run starts it. */
export class LoadGeneratorTask extends Construct implements IConnectable {
  readonly cluster: Cluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly containerName = 'loadgen';
  readonly securityGroup: SecurityGroup;
  readonly connections: Connections;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: LoadGeneratorTaskProps) {
    super(scope, id);
    const { vpc, exchange, cpuArchitecture = CpuArchitecture.ARM64 } = props;
    this.cluster = new Cluster(this, 'Cluster', { vpc });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load generator: no ingress, AWS by HTTPS only, trial hosts by their own rule',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'SageMaker Runtime, S3, ECR, CloudWatch Logs');
    this.connections = new Connections({ securityGroups: [this.securityGroup] });
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      ...SIZE,
      runtimePlatform: {
        cpuArchitecture,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.role('TaskRole', 'Load generator: its jobs and results, endpoints of trials'),
      executionRole: this.role('ExecutionRole', 'Starts load generators: their image and their logs'),
      // Jobs and results pass through files; the root file system stays as it was built.
      volumes: [{ name: 'scratch' }],
    });
    const linuxParameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.taskDefinition.addContainer('Container', {
      containerName: this.containerName,
      image: props.image ?? this.ownImage(cpuArchitecture),
      user: '1000',
      readonlyRootFilesystem: true,
      linuxParameters,
      environment: { INFERSWEEP_BUCKET: exchange.bucket.bucketName, INFERSWEEP_PREFIX: exchange.prefix },
      logging: LogDrivers.awsLogs({
        streamPrefix: 'load',
        logGroup: this.logGroup,
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    // The image declares /tmp a volume that user 1000 owns: Fargate copies that owner to the empty one.
    container.addMountPoints({ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false });
    grantReadPrefix(exchange, this.taskDefinition.taskRole);
    grantWritePrefix(exchange, this.taskDefinition.taskRole);
    this.taskDefinition.addToTaskRolePolicy(invokeTrialEndpoints(this));
  }

  /** To start this task, in this cluster only, with a run tag, under its own two roles. For the role that creates. */
  startStatements(): PolicyStatement[] {
    const tagged = { Null: { [`aws:RequestTag/${tagKeys.run}`]: 'false' } };
    return [
      new PolicyStatement({
        actions: ['ecs:RunTask'],
        resources: [this.taskDefinition.taskDefinitionArn],
        conditions: { ArnEquals: { 'ecs:cluster': this.cluster.clusterArn }, ...tagged },
      }),
      new PolicyStatement({
        actions: ['ecs:TagResource'],
        resources: [this.cluster.arnForTasks('*')],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' }, ...tagged },
      }),
      passRoles([this.taskDefinition.taskRole, this.taskDefinition.obtainExecutionRole()], 'ecs-tasks.amazonaws.com'),
    ];
  }

  private role(id: string, description: string): Role {
    return new Role(this, id, {
      path: ROLE_PATH,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description,
    });
  }

  /** By digest: the ECS L2 would write a digest that only deployment knows as a tag. */
  private ownImage(architecture: CpuArchitecture): ContainerImage {
    const name = architecture === CpuArchitecture.ARM64 ? 'loadgen-arm64' : 'loadgen-amd64';
    const repository = Repository.fromRepositoryName(this, 'Repository', `${REPOSITORY_PREFIX}${name}`);
    const digest = StringParameter.valueForStringParameter(this, imageDigestParameter(name));
    repository.grantPull(this.taskDefinition.obtainExecutionRole());
    return ContainerImage.fromRegistry(`${repository.repositoryUri}@${digest}`);
  }
}

/** Endpoints of trials: named by the kit and tagged with a run. Production has neither. */
function invokeTrialEndpoints(scope: Construct): PolicyStatement {
  return new PolicyStatement({
    actions: ['sagemaker:InvokeEndpoint'],
    resources: [`arn:${Aws.PARTITION}:sagemaker:${Stack.of(scope).region}:${Aws.ACCOUNT_ID}:endpoint/${namePrefix}*`],
    conditions: { Null: { [`aws:ResourceTag/${tagKeys.run}`]: 'false' } },
  });
}
