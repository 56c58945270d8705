/** Alarms of target tracking, with the parameters that the deployment really has. */
import type { CloudWatch, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { ScalingAlarm } from '../core/scale/verify/step-plan.ts';
import { pages } from './pages.ts';

export interface WhichAlarms {
  /** Of their names. */
  prefix: string;
  /** That counts requests per instance, summed over a period; the threshold of any other is no rate. */
  metric: string;
}

export async function scaleOutAlarms(
  cloudwatch: Pick<CloudWatch, 'describeAlarms'>,
  { prefix, metric }: WhichAlarms,
): Promise<ScalingAlarm[]> {
  const all = pages(
    (NextToken) => cloudwatch.describeAlarms({ AlarmNamePrefix: prefix, NextToken }),
    ({ NextToken }) => NextToken,
  );
  const found: ScalingAlarm[] = [];
  for await (const { MetricAlarms = [] } of all) found.push(...MetricAlarms.flatMap((a) => scaleOutAlarm(a, metric)));
  return found;
}

/** Target tracking makes a pair; the one that fires above its threshold scales out. */
function scaleOutAlarm(alarm: MetricAlarm, perInstance: string): ScalingAlarm[] {
  const { AlarmName: name, ComparisonOperator = '', Threshold, Metrics = [] } = alarm;
  if (!ComparisonOperator.startsWith('GreaterThan') || name === undefined) return [];
  const stat = Metrics.find((m) => m.MetricStat !== undefined)?.MetricStat;
  const metric = alarm.MetricName ?? stat?.Metric?.MetricName;
  const periodSeconds = alarm.Period ?? stat?.Period ?? 60;
  return [
    {
      name,
      periodSeconds,
      evaluationPeriods: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods ?? 3,
      // A sum over the period, so that only at a minute it is the target itself.
      threshold: metric === perInstance && Threshold !== undefined ? (Threshold * 60) / periodSeconds : null,
    },
  ];
}
