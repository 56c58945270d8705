import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AwsLogDriverMode,
  Capability,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { type IGrantable, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CONTROLLER_PATH, CONTROLLER_TASK_SIZE } from '../core/catalog/lab.ts';
import { controllerRights } from './controller-rights.ts';
import type { LoadGeneratorTask } from './load-generator-task.ts';
import { startTaskStatements } from './start-task.ts';

export interface ControllerTaskProps {
  readonly vpc: IVpc;
  /** Its image, processor and cluster are the controller's, too: one image holds both programs. */
  readonly loadGenerator: LoadGeneratorTask;
  /** Guard's roles: the task takes them on and has none of their rights itself. */
  readonly createRole: IRole;
  readonly deleteRole: IRole;
}

const SIZE = { cpu: 1024 * CONTROLLER_TASK_SIZE.vcpu, memoryLimitMiB: 1024 * CONTROLLER_TASK_SIZE.memoryGib };

/** Drives one run where Lambda has no durable functions. No service: nothing runs until somebody starts a run, and it ends with it. */
export class ControllerTask extends Construct {
  readonly taskDefinition: FargateTaskDefinition;
  readonly containerName = 'controller';
  /** Of one task: what it is billed for. */
  readonly size: { readonly vcpu: number; readonly memoryGib: number; readonly architecture: 'x86_64' | 'arm64' };
  readonly securityGroup: SecurityGroup;
  readonly logGroup: LogGroup;
  private readonly loadGenerator: LoadGeneratorTask;

  constructor(scope: Construct, id: string, props: ControllerTaskProps) {
    super(scope, id);
    const { vpc, loadGenerator, createRole, deleteRole } = props;
    this.loadGenerator = loadGenerator;
    const { architecture } = loadGenerator.size;
    this.size = { ...CONTROLLER_TASK_SIZE, architecture };
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Controller of a run: no ingress, AWS by HTTPS only',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'All of AWS that a run is made of');
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const taskRole = new Role(this, 'TaskRole', {
      path: CONTROLLER_PATH,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'infersweep: a whole sweep, where it runs in a task',
    });
    for (const statement of controllerRights(this, [createRole, deleteRole])) taskRole.addToPolicy(statement);
    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      ...SIZE,
      runtimePlatform: {
        cpuArchitecture: loadGenerator.cpuArchitecture,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole,
      executionRole: loadGenerator.taskDefinition.obtainExecutionRole(),
      // The journal lies there, as long as the task lives.
      volumes: [{ name: 'scratch' }],
    });
    const linuxParameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.taskDefinition.addContainer('Container', {
      containerName: this.containerName,
      image: loadGenerator.image,
      entryPoint: ['node', '/opt/kit/load/controller.mjs'],
      user: '1000',
      readonlyRootFilesystem: true,
      // The most that Fargate grants: one that is told to stop tears down what it can.
      stopTimeout: Duration.seconds(120),
      linuxParameters,
      logging: LogDrivers.awsLogs({
        streamPrefix: 'controller',
        logGroup: this.logGroup,
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addMountPoints({ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false });
  }

  /**
   * To start runs. Guard's roles have no part in it: whoever may start this task can have both of them taken on, and they are
   * two so that nobody has both by having one.
   */
  grantStart(grantee: IGrantable): void {
    for (const statement of startTaskStatements(this.loadGenerator.cluster, this.taskDefinition)) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
  }
}
