import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Slo } from '../core/recommend/goal.ts';
import { tidy } from '../core/scale/tidy.ts';
import type { ServiceMetrics } from './service-metrics.ts';

export interface ServiceAlarmsProps {
  readonly metrics: ServiceMetrics;
  /** Limits of latency and errors. */
  readonly slo: Slo;
  /** Requests per instance and minute that scaling holds. */
  readonly targetPerInstance: number;
  /** The most instances that scaling may run. */
  readonly maxCapacity: number;
  /** Whether requests always come: then their absence is an alarm. */
  readonly trafficExpected: boolean;
  /**
   * How long the fleet may stay short of instances before that counts as refused. Scaling sees the load after three
   * minutes, an instance starts in up to ten.
   *
   * @default - 15 minutes
   */
  readonly scaleOutGrace?: Duration;
  /**
   * Told when an alarm rises and when it is over.
   *
   * @default - nobody: the alarms only show
   */
  readonly actions?: readonly IAlarmAction[];
}

/** Load this far over the target is not noise around it: scaling itself only knows "over" and "under 0.9". */
const OVERLOAD = 1.1;
const minute = Duration.minutes(1);

/** What an operator must be told of a fleet that scales. Five alarms: the price of CloudWatch is per alarm and metric. */
export class ServiceAlarms extends Construct {
  /** Latency at the SLO's percentile over its limit, three minutes of five. */
  readonly latency: Alarm;
  /** Share of failed requests over its limit, three minutes of five. */
  readonly errors: Alarm;
  /**
   * Asked for, and not got: neither quota nor missing capacity shows anywhere else, the activity fails as a whole and the
   * service stays "in service" at the old count.
   */
  readonly scaleOutRefused: Alarm;
  /** Overloaded, and scaling may add nothing. */
  readonly atMaximum: Alarm;
  /** No request for a quarter of an hour, or no figure at all; null where traffic may pause. */
  readonly silent: Alarm | null;
  private readonly actions: readonly IAlarmAction[];

  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    const { metrics, slo, maxCapacity } = props;
    this.actions = props.actions ?? [];
    const minutes = (props.scaleOutGrace ?? Duration.minutes(15)).toMinutes();
    const overload = tidy(props.targetPerInstance * OVERLOAD);

    this.latency = this.alarm('Latency', {
      metric: metrics.latency,
      threshold: slo.latencyMs * metrics.latencyUnitsPerMs,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      alarmDescription: `p${slo.percentile} of the latency is over the limit of ${slo.latencyMs} ms`,
    });
    this.errors = this.alarm('Errors', {
      metric: metrics.errorRate,
      threshold: slo.maxErrorRate,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      alarmDescription: `More than ${slo.maxErrorRate} of the requests fail`,
    });
    // Half an instance of slack: a count that is derived from rates is not whole.
    const full = maxCapacity - 0.5;
    this.scaleOutRefused = this.alarm('ScaleOutRefused', {
      metric: metrics.desiredInstances
        ? flag('desired - running > 0.5', { desired: metrics.desiredInstances, running: metrics.instances })
        : flag(`load > ${overload} AND running < ${full}`, {
            load: metrics.requestsPerInstance,
            running: metrics.instances,
          }),
      threshold: 0,
      evaluationPeriods: minutes,
      alarmDescription: `For ${minutes} minutes more instances were due than run, below the maximum of ${maxCapacity}: look for failed scaling activities (quota, capacity)`,
    });
    this.atMaximum = this.alarm('AtMaximum', {
      metric: flag(`load > ${overload} AND running >= ${full}`, {
        load: metrics.requestsPerInstance,
        running: metrics.instances,
      }),
      threshold: 0,
      evaluationPeriods: minutes,
      alarmDescription: `For ${minutes} minutes all ${maxCapacity} instances carried more than ${props.targetPerInstance} requests a minute each: scaling may add none`,
    });
    this.silent = props.trafficExpected
      ? this.alarm('Silent', {
          metric: metrics.requests,
          threshold: 1,
          comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
          evaluationPeriods: 15,
          treatMissingData: TreatMissingData.BREACHING,
          alarmDescription:
            'No request for 15 minutes, or no figures: callers cannot reach the service, or nothing measures it',
        })
      : null;
  }

  /** All of them, for a dashboard or a composite. */
  get all(): readonly Alarm[] {
    return [
      this.latency,
      this.errors,
      this.scaleOutRefused,
      this.atMaximum,
      ...(this.silent === null ? [] : [this.silent]),
    ];
  }

  /** Silence is the business of one alarm only; the others keep quiet about what they cannot see. */
  private alarm(id: string, props: Omit<AlarmProps, 'comparisonOperator'> & Partial<AlarmProps>): Alarm {
    const made = new Alarm(this, id, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    if (this.actions.length > 0) {
      made.addAlarmAction(...this.actions);
      made.addOkAction(...this.actions);
    }
    return made;
  }
}

/** 1 while the condition holds, else 0. */
function flag(condition: string, usingMetrics: Record<string, IMetric>): MathExpression {
  return new MathExpression({ expression: `IF(${condition}, 1, 0)`, usingMetrics, label: 'condition', period: minute });
}
