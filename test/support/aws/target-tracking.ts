/**
 * Target tracking of the loopback AWS, in real time: an alarm of the world with the parameters that DescribeAlarms tells, and
 * the change that Application Auto Scaling makes when it fires. Sources: CloudWatch guide, "Alarm evaluation" (M of N periods,
 * the sum of each against the threshold); Application Auto Scaling guide, "Target tracking" (proportional, bounded by the
 * maximum); DescribeScalingActivities, API reference (status codes, texts of its example).
 */
import type { AwsWorld } from './world.ts';

export interface Tracked {
  ServiceNamespace: 'ecs' | 'sagemaker';
  /** `service/CLUSTER/NAME` or `endpoint/NAME/variant/VARIANT`. */
  ResourceId: string;
  ScalableDimension: string;
  MetricName: string;
}

export interface TrackingOptions extends Tracked {
  /** Requests per instance in one period. */
  Threshold: number;
  /** Seconds. */
  Period: number;
  EvaluationPeriods: number;
  maxCapacity: number;
  /** Requests since it was last asked. */
  take(): number;
  /** Instances that the requests of a period went to. */
  serving(): number;
  desired(): number;
  /** @returns why it is refused as a whole; null when it is not */
  scale(wanted: number): string | null;
}

/** @returns how to end it */
export function trackTarget(world: AwsWorld, o: TrackingOptions): () => void {
  const { MetricName, Period, EvaluationPeriods, Threshold } = o;
  const alarm = (kind: string, ComparisonOperator: string, threshold: number) => ({
    AlarmName: `TargetTracking-${o.ResourceId}-${kind}-1`,
    ComparisonOperator,
    Threshold: threshold,
    MetricName,
    Statistic: 'Sum',
    Period,
    EvaluationPeriods,
  });
  const high = alarm('AlarmHigh', 'GreaterThanThreshold', Threshold);
  // Scale-in begins below nine tenths of the target, as DescribeAlarms shows it for ECS and SageMaker.
  world.alarms.push(alarm('AlarmLow', 'LessThanThreshold', 0.9 * Threshold), high);
  let over = 0;
  const evaluate = () => {
    const perInstance = o.take() / Math.max(1, o.serving());
    over = perInstance > high.Threshold ? over + 1 : 0;
    const wanted = Math.min(o.maxCapacity, Math.ceil((o.serving() * perInstance) / high.Threshold));
    if (over < high.EvaluationPeriods || wanted <= o.desired()) return;
    over = 0;
    const refusal = o.scale(wanted);
    const what = o.ServiceNamespace === 'ecs' ? 'desired count' : 'desired instance count';
    world.activities.unshift({
      ActivityId: `activity-${world.activities.length + 1}`,
      ServiceNamespace: o.ServiceNamespace,
      ResourceId: o.ResourceId,
      ScalableDimension: o.ScalableDimension,
      Description: `Setting ${what} to ${wanted}.`,
      Cause: `monitor alarm ${high.AlarmName} in state ALARM triggered policy ${MetricName}`,
      StartTime: world.nowMs / 1000,
      StatusCode: refusal === null ? 'Successful' : 'Failed',
      StatusMessage:
        refusal === null
          ? `Successfully set ${what} to ${wanted}. Change successfully fulfilled by ${o.ServiceNamespace}.`
          : `Failed to set ${what} to ${wanted}. Reason: ${refusal}`,
    });
  };
  const timer = setInterval(evaluate, Period * 1000);
  return () => clearInterval(timer);
}
