import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as Lambda, Runtime, type Version } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface DurableFunctionProps {
  readonly description: string;
  /** Exports `handler` from `index`. */
  readonly code: Code;
  /**
   * IAM path of its role. It begins and ends with a slash.
   *
   * @default /
   */
  readonly rolePath?: string;
  /** @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Longest life of one execution, 1 second to 366 days.
   *
   * @default Duration.days(30)
   */
  readonly executionTimeout?: Duration;
  /**
   * How long the history of an ended execution is kept, whole days up to 90.
   *
   * @default Duration.days(30)
   */
  readonly retentionPeriod?: Duration;
  /**
   * Runtime; durable functions exist for Node.js 22 and later.
   *
   * @default Runtime.NODEJS_24_X
   */
  readonly runtime?: Runtime;
}

/** Lambda's durable runtimes: https://docs.aws.amazon.com/lambda/latest/dg/durable-supported-runtimes.html */
const DURABLE = [Runtime.NODEJS_22_X, Runtime.NODEJS_24_X];

/**
 * A Lambda durable function with a role of its own. It has no name, because one that becomes durable has to be replaced;
 * its versions are kept, because an execution stays on the version that it began with.
 */
export class DurableFunction extends Construct {
  readonly function: Lambda;
  readonly role: Role;
  /** What is to be started or called: an execution needs a qualified ARN. */
  readonly version: Version;

  constructor(scope: Construct, id: string, props: DurableFunctionProps) {
    super(scope, id);
    const { runtime = Runtime.NODEJS_24_X } = props;
    if (!DURABLE.some((r) => r.runtimeEquals(runtime))) {
      throw new Error(
        `runtime is ${runtime.name}, which has no durable executions; Lambda would refuse it only when it is deployed. Use one of ${DURABLE.map((r) => r.name).join(', ')}.`,
      );
    }
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      path: props.rolePath,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    logGroup.grantWrite(this.role);
    this.function = new Lambda(this, 'Function', {
      description: props.description,
      runtime,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: 'index.handler',
      role: this.role,
      logGroup,
      environment: { ...props.environment },
      // Of one invocation, not of the execution. A plan of 10,000 deployments is parsed in one.
      timeout: Duration.minutes(15),
      memorySize: 512,
      durableConfig: {
        executionTimeout: props.executionTimeout ?? Duration.days(30),
        retentionPeriod: props.retentionPeriod ?? Duration.days(30),
      },
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    // With a role of one's own CDK adds nothing. A policy beside the role, for in the role's it would wait for the
    // function that waits for it. An unqualified ARN never matches.
    new Policy(this, 'KeepState', {
      roles: [this.role],
      statements: [
        new PolicyStatement({
          actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
          resources: [`${this.function.functionArn}:*`],
        }),
      ],
    });
    this.version = this.function.currentVersion;
  }

  /** Starting and calling executions of any version: a running caller goes on calling the version it began with. */
  grantStart(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [`${this.function.functionArn}:*`] }),
    );
  }

  /**
   * One of Lambda's metrics of durable executions, as `Failed` for `DurableExecutionFailed`.
   *
   * @default - sum over 5 minutes
   */
  metricExecutions(
    name: 'Started' | 'Succeeded' | 'Failed' | 'TimedOut' | 'Stopped' | 'Operations' | 'StorageWrittenBytes',
    options: MetricOptions = {},
  ): Metric {
    return this.function.metric(`DurableExecution${name}`, {
      statistic: 'Sum',
      period: Duration.minutes(5),
      ...options,
    });
  }
}
