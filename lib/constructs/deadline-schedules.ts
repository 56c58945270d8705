import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/**
 * Where a run arms its deadlines before it creates anything: one-shot schedules that invoke the reaper and then delete
 * themselves. They are made by the run, with `runTags(…)` as input, `deadLetterQueue` for what could not be delivered
 * and `ActionAfterCompletion=DELETE`.
 */
export class DeadlineSchedules extends Construct {
  readonly groupName: string;
  /** What EventBridge Scheduler becomes to invoke the reaper. */
  readonly role: Role;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const group = new ScheduleGroup(this, 'Group', {
      // A deadline is of no use without its reaper, and a group left behind keeps the name from the next guard.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.groupName = group.scheduleGroupName;
    this.deadLetterQueue = new Queue(this, 'Undelivered', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    this.role = new Role(this, 'Role', {
      description: 'infersweep: invokes the reaper at a deadline',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Only for schedules of this group: another account's, or another group's, are none of its business.
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': group.scheduleGroupArn },
        },
      }),
    });
    this.deadLetterQueue.grantSendMessages(this.role);
  }

  /** Separate from construction: the reaper needs to know the group, and the role the reaper. */
  invokes(reaper: IFunction): void {
    this.role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [reaper.functionArn] }));
  }
}
