import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { Slo } from '../core/recommend/goal.ts';
import { errorRate } from './service-metrics.ts';

/** How an update replaces the fleet, and what takes it back. */
export interface EndpointRollout {
  /** What the new fleet must keep from its first request on, or all traffic returns to the old one. */
  readonly slo: Slo;
  /**
   * Share of the new fleet that takes traffic first, in percent: 1 to 50 (SageMaker's limit). At least one instance.
   *
   * @default 20
   */
  readonly canaryPercent?: number;
  /**
   * How long the canary, and after it the whole new fleet, is watched: 5 minutes (the alarms need three of them) to 1 hour.
   *
   * @default - 10 minutes
   */
  readonly bake?: Duration;
  /**
   * Instances that the fleet never goes below. One instance cannot be divided: then all traffic moves at once, still
   * watched and taken back.
   *
   * @default - the initial instance count
   */
  readonly minimumInstances?: number;
}

export interface RolloutAlarmsProps extends EndpointRollout {
  /** Known before the endpoint exists: the alarms come first, the endpoint names them. */
  readonly endpointName: string;
  readonly variantName: string;
  /** The new fleet's: SageMaker publishes the figures of each fleet under the name of its configuration. */
  readonly endpointConfigName: string;
  /** What the container runs as; SageMaker reads the alarms under it. */
  readonly role: IRole;
}

/** SageMaker has no guardrails for Inf1: its updates go all at once and unwatched ("Deployment guardrails: Exclusions"). */
export function hasGuardrails(instanceType: string): boolean {
  return !instanceType.startsWith('ml.inf1.');
}

/**
 * Alarms on the new fleet alone. In the figures of the whole endpoint one bad instance of thirty does not move the p95,
 * and an old fleet in trouble would take back the very update that repairs it.
 */
export class RolloutAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  /** The role's permission to read the alarms; the endpoint must wait for it. */
  readonly permission: Policy;

  constructor(scope: Construct, id: string, { slo, ...fleet }: RolloutAlarmsProps) {
    super(scope, id);
    const metric = (metricName: string, statistic: string) =>
      new Metric({
        namespace: 'AWS/SageMaker',
        metricName,
        statistic,
        period: Duration.minutes(1),
        dimensionsMap: {
          EndpointName: fleet.endpointName,
          VariantName: fleet.variantName,
          EndpointConfigName: fleet.endpointConfigName,
        },
      });
    const rule = {
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    this.alarms = [
      new Alarm(this, 'Latency', {
        ...rule,
        metric: metric('ModelLatency', `p${slo.percentile}`),
        // The metric is in microseconds.
        threshold: slo.latencyMs * 1000,
        alarmDescription: `The fleet of this update is over ${slo.latencyMs} ms at p${slo.percentile}: the update is taken back`,
      }),
      new Alarm(this, 'Errors', {
        ...rule,
        metric: errorRate(metric('Invocation5XXErrors', Stats.SUM), metric('Invocations', Stats.SUM)),
        threshold: slo.maxErrorRate,
        alarmDescription: `The fleet of this update fails more than ${slo.maxErrorRate} of its requests: the update is taken back`,
      }),
    ];
    // Not in the role's default policy: the model waits for that one, the alarms for the model.
    this.permission = new Policy(this, 'ReadAlarms', {
      roles: [fleet.role],
      statements: [
        new PolicyStatement({
          actions: ['cloudwatch:DescribeAlarms'],
          resources: this.alarms.map(({ alarmArn }) => alarmArn),
        }),
      ],
    });
  }
}

/** Blue/green with a canary, taken back by the alarms. Needs room for both fleets in the quota while it lasts. */
export function deploymentConfig(
  alarms: readonly Alarm[],
  { canaryPercent = 20, bake = Duration.minutes(10), minimumInstances = 1 }: EndpointRollout,
): CfnEndpoint.DeploymentConfigProperty {
  assertRollout(canaryPercent, bake);
  const seconds = bake.toSeconds();
  const whole = (minimumInstances * canaryPercent) / 100 >= 1;
  return {
    blueGreenUpdatePolicy: {
      trafficRoutingConfiguration:
        minimumInstances < 2
          ? { type: 'ALL_AT_ONCE', waitIntervalInSeconds: seconds }
          : {
              type: 'CANARY',
              canarySize: whole
                ? { type: 'CAPACITY_PERCENT', value: canaryPercent }
                : { type: 'INSTANCE_COUNT', value: 1 },
              waitIntervalInSeconds: seconds,
            },
      // The old fleet stays for as long, so that what the whole new fleet does wrong can still be taken back.
      terminationWaitInSeconds: seconds,
      // An hour to start the instances, beside both watches.
      maximumExecutionTimeoutInSeconds: 3600 + 2 * seconds,
    },
    autoRollbackConfiguration: { alarms: alarms.map(({ alarmName }) => ({ alarmName })) },
  };
}

/** Says at synth what an operator of Inf1 should know before the first update. */
export function sayUnguarded(scope: Construct, instanceType: string): void {
  Annotations.of(scope).addInfo(
    `SageMaker has no canary and no rollback for ${instanceType} (Inf1 is excluded from deployment guardrails): updates move all traffic at once. ` +
      `Deploy an update as a second stack first, or watch ${Stack.of(scope).stackName} while it updates.`,
  );
}

function assertRollout(canaryPercent: number, bake: Duration): void {
  if (!Number.isInteger(canaryPercent) || canaryPercent < 1 || canaryPercent > 50)
    throw new Error(`canaryPercent is ${canaryPercent}. SageMaker takes whole percents from 1 to 50.`);
  const minutes = bake.toMinutes({ integral: false });
  if (minutes < 5 || minutes > 60)
    throw new Error(
      `bake is ${minutes} minutes. It takes 5 to 60: the alarms need three minutes of figures, SageMaker waits an hour at most.`,
    );
}
