import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Reaper } from './reaper.ts';

export interface LeakAlarmProps {
  readonly reaper: Reaper;
  readonly topic: ITopic;
}

/** Something is left that costs money, or nobody looks whether there is. */
export class LeakAlarm extends Construct {
  readonly leaked: Alarm;
  readonly silent: Alarm;

  constructor(scope: Construct, id: string, { reaper, topic }: LeakAlarmProps) {
    super(scope, id);
    this.leaked = new Alarm(this, 'Leaked', {
      alarmDescription:
        'infersweep: resources are left that the reaper cannot or may not delete. Its log names them; then `infersweep sweep-leaks`.',
      metric: reaper.metricLeaked(),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Silence is the other alarm's business, and a pass may fall just outside its period.
      treatMissingData: TreatMissingData.IGNORE,
    });
    this.silent = new Alarm(this, 'Silent', {
      alarmDescription:
        'infersweep: the reaper has not finished a pass for three intervals, so nothing watches over expiries. See its log. Before its first pass this alarm is on, too.',
      metric: reaper.metricLeaked({ statistic: 'SampleCount' }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
    for (const alarm of [this.leaked, this.silent]) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }
}
