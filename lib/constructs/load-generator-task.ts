import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
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
import { imageDigestParameter, LOAD_TASK_SIZE, REPOSITORY_PREFIX, ROLE_PATH } from '../core/catalog/lab.ts';
import { namePrefix, tagKeys } from '../core/plan/tags.ts';
import { type BucketPrefix, grantReadPrefix, grantWritePrefix } from './bucket-prefix.ts';
import { startTaskStatements } from './start-task.ts';

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

const SIZE = { cpu: 1024 * LOAD_TASK_SIZE.vcpu, memoryLimitMiB: 1024 * LOAD_TASK_SIZE.memoryGib };

/** A task that drives load from inside the region and ends with its job. No service: nothing runs until a run starts it. */
export class LoadGeneratorTask extends Construct implements IConnectable {
  readonly cluster: Cluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly image: ContainerImage;
  readonly cpuArchitecture: CpuArchitecture;
  readonly containerName = 'loadgen';
  /** Of one task: what it is billed for. */
  readonly size: { readonly vcpu: number; readonly memoryGib: number; readonly architecture: 'x86_64' | 'arm64' };
  readonly securityGroup: SecurityGroup;
  readonly connections: Connections;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: LoadGeneratorTaskProps) {
    super(scope, id);
    const { vpc, exchange, cpuArchitecture = CpuArchitecture.ARM64 } = props;
    this.cpuArchitecture = cpuArchitecture;
    this.size = {
      ...LOAD_TASK_SIZE,
      architecture: cpuArchitecture === CpuArchitecture.ARM64 ? 'arm64' : 'x86_64',
    };
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
    this.image = props.image ?? this.ownImage(cpuArchitecture);
    const linuxParameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.taskDefinition.addContainer('Container', {
      containerName: this.containerName,
      image: this.image,
      user: '1000',
      readonlyRootFilesystem: true,
      // The most that Fargate grants: a generator that is told to stop still writes what it measured.
      stopTimeout: Duration.seconds(120),
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

  /** For the role that creates. */
  startStatements(): PolicyStatement[] {
    return startTaskStatements(this.cluster, this.taskDefinition);
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
