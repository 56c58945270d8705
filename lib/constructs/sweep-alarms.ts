import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DurableFunction } from './durable-function.ts';

export interface SweepAlarmsProps {
  readonly functions: readonly DurableFunction[];
  readonly topic: ITopic;
}

/** Of the 3,000 operations that an execution may have; at that limit it fails without any clean-up. */
const OPERATIONS = 2_000;

const left = 'What it had started is ended by the reaper at its expiry. `infersweep resume` goes on with the run.';
const reasons = {
  Failed: `infersweep: an execution of a sweep failed. ${left}`,
  TimedOut: `infersweep: an execution of a sweep outlived its time limit, without any clean-up. ${left}`,
  Stopped: `infersweep: an execution of a sweep was stopped by hand, without any clean-up. ${left}`,
} as const;

/** A sweep that ends in another way than its own; each of these passes the teardown. */
export class SweepAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { functions, topic }: SweepAlarmsProps) {
    super(scope, id);
    const over = (name: string, metric: MathExpression, threshold: number, alarmDescription: string) =>
      new Alarm(this, name, {
        alarmDescription,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        // No execution, no metric.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    const across = (fold: 'SUM' | 'MAX', of: Parameters<DurableFunction['metricExecutions']>[0], statistic: string) =>
      new MathExpression({
        expression: `${fold}([${functions.map((_, i) => `FILL(m${i}, 0)`).join(', ')}])`,
        usingMetrics: Object.fromEntries(functions.map((f, i) => [`m${i}`, f.metricExecutions(of, { statistic })])),
        period: Duration.minutes(5),
        label: of,
      });
    const ended = Object.entries(reasons).map(([name, reason]) =>
      over(name, across('SUM', name as keyof typeof reasons, 'Sum'), 0, reason),
    );
    const operations = over(
      'Operations',
      across('MAX', 'Operations', 'Maximum'),
      OPERATIONS,
      `infersweep: an execution of a sweep has more than ${OPERATIONS} operations; at 3,000 it fails without any clean-up.`,
    );
    this.alarms = [...ended, operations];
    for (const alarm of this.alarms) alarm.addAlarmAction(new SnsAction(topic));
  }
}
