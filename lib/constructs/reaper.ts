import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { deleteRights } from './delete-rights.ts';
import { lambdaBundle } from './lambda-bundle.ts';
import { FOR_EVERYTHING, readRights } from './read-rights.ts';

export interface ReaperProps {
  /** Group of the deadlines that it may delete. */
  readonly deadlineGroupName: string;
  /**
   * How often it looks: the longest that something lives on after its expiry, unless a deadline was armed.
   *
   * @default Duration.minutes(15)
   */
  readonly interval?: Duration;
}

const NAMESPACE = 'Infersweep/Guard';

/** Ends what outlived its expiry, whoever made it. Its role, its code and its schedule are its own. */
export class Reaper extends Construct {
  readonly function: Lambda;
  readonly interval: Duration;

  constructor(scope: Construct, id: string, { deadlineGroupName, interval = Duration.minutes(15) }: ReaperProps) {
    super(scope, id);
    this.interval = interval;
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'infersweep: finds everything of the kit, deletes what carries a run',
    });
    logGroup.grantWrite(role);
    for (const statement of readRights(this, deadlineGroupName, FOR_EVERYTHING)) role.addToPolicy(statement);
    for (const statement of deleteRights(this, deadlineGroupName)) role.addToPolicy(statement);
    // Metrics are no resource; the namespace confines it.
    role.addToPolicy(
      new PolicyStatement({
        sid: 'PublishOwnMetrics',
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
      }),
    );
    this.function = new Lambda(this, 'Function', {
      description: 'infersweep: ends what outlived its expiry, and says what is left',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: lambdaBundle('reaper'),
      handler: 'index.handler',
      role,
      logGroup,
      // Lambda's most: as a gate for the stack's deletion it waits for endpoints to go.
      timeout: Duration.minutes(15),
      memorySize: 256,
      environment: {
        DEADLINE_GROUP: deadlineGroupName,
        METRIC_NAMESPACE: NAMESPACE,
        GUARD: Stack.of(this).stackName,
      },
    });
    new Rule(this, 'Schedule', {
      description: 'infersweep: looks for what outlived its expiry',
      schedule: Schedule.rate(interval),
      targets: [new LambdaFunction(this.function)],
    });
  }

  /**
   * What needs a person: refused deletions, unreadable tags, failed listings, and what is more than an hour late.
   * Published by every pass, zero included.
   *
   * @default - maximum over one interval
   */
  metricLeaked(options: MetricOptions = {}): Metric {
    return this.metric('Leaked', options);
  }

  /**
   * Expired and not gone yet.
   *
   * @default - maximum over one interval
   */
  metricPending(options: MetricOptions = {}): Metric {
    return this.metric('Pending', options);
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { Guard: Stack.of(this).stackName },
      statistic: 'Maximum',
      period: this.interval,
      ...options,
    });
  }
}
