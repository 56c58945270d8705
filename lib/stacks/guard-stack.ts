import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { alarmTopic } from '../constructs/alarm-topic.ts';
import { DeadlineSchedules } from '../constructs/deadline-schedules.ts';
import { DeletionGate } from '../constructs/deletion-gate.ts';
import { LeakAlarm } from '../constructs/leak-alarm.ts';
import { LedgerTable } from '../constructs/ledger-table.ts';
import { Reaper } from '../constructs/reaper.ts';
import { RunRoles } from '../constructs/run-roles.ts';
import { SpendBudget, type SpendLimit } from '../constructs/spend-budget.ts';
import { GUARD_PARAMETER, type Guard } from '../core/catalog/guard.ts';

export interface GuardStackProps extends StackProps {
  /** Instance types that may be started at all: `ml.g4dn.xlarge` for SageMaker, `c7g.4xlarge` for EC2. No patterns. */
  readonly instanceTypes: readonly string[];
  /**
   * Who may take on the create and delete roles, besides the functions of a Lab in this account.
   *
   * @default - whoever in the account is allowed to assume roles
   */
  readonly controllers?: readonly IPrincipal[];
  /**
   * Who hears of leaks, of a silent reaper, and of the budget; has to confirm the subscription once.
   *
   * @default - nobody yet: subscribe to `alarmTopic`
   */
  readonly alarmEmail?: string;
  /**
   * What a month may cost.
   *
   * @default - 100 USD for everything that the account spends; notifies, stops nothing
   */
  readonly spendLimit?: SpendLimit;
}

/**
 * What has to be there before anything is created: the reaper, its deadlines and alarms, the ledger, and the two roles.
 * One in an account and region; costs about nothing between runs.
 */
export class GuardStack extends Stack {
  readonly createRole: Role;
  readonly deleteRole: Role;
  readonly ledgerTable: Table;
  readonly reaperFunction: IFunction;
  readonly deadlineGroupName: string;
  /** Handed to the schedules that a run makes in the group. */
  readonly deadlineRole: Role;
  /** Takes what a deadline could not deliver. */
  readonly deadlineQueue: Queue;
  readonly alarmTopic: Topic;

  constructor(scope: Construct, id: string, props: GuardStackProps) {
    super(scope, id, {
      description: 'infersweep guard: nothing outlives its expiry',
      terminationProtection: true,
      ...props,
    });
    const ledger = new LedgerTable(this, 'Ledger');
    const deadlines = new DeadlineSchedules(this, 'Deadlines');
    const reaper = new Reaper(this, 'Reaper', { deadlineGroupName: deadlines.groupName });
    deadlines.invokes(reaper.function);
    const roles = new RunRoles(this, 'Roles', {
      instanceTypes: props.instanceTypes,
      controllers: props.controllers,
      deadlines,
      ledger,
    });
    const topic = alarmTopic(this, 'Alarms', props.alarmEmail);
    new LeakAlarm(this, 'Leaks', { reaper, topic });
    new SpendBudget(this, 'Spend', {
      ...(props.spendLimit ?? { monthlyUsd: 100 }),
      topic,
      createRole: roles.createRole,
    });

    this.createRole = roles.createRole;
    this.deleteRole = roles.deleteRole;
    this.ledgerTable = ledger.table;
    this.reaperFunction = reaper.function;
    this.deadlineGroupName = deadlines.groupName;
    this.deadlineRole = deadlines.role;
    this.deadlineQueue = deadlines.deadLetterQueue;
    this.alarmTopic = topic;
    this.publish(props.instanceTypes);
    new DeletionGate(this, 'DeletionGate', {
      reaperFunction: reaper.function,
      guards: [...this.node.children],
    });
  }

  /** What the command line reads to run against this account, and outputs for people. */
  private publish(instanceTypes: readonly string[]): void {
    const guard = {
      schema: 'infersweep.guard.v1',
      createRole: this.createRole.roleArn,
      deleteRole: this.deleteRole.roleArn,
      ledgerTable: this.ledgerTable.tableName,
      reaperFunction: this.reaperFunction.functionArn,
      deadlineGroup: this.deadlineGroupName,
      deadlineRole: this.deadlineRole.roleArn,
      deadlineQueue: this.deadlineQueue.queueArn,
      alarmTopic: this.alarmTopic.topicArn,
      instanceTypes: [...instanceTypes],
    } satisfies Guard;
    new StringParameter(this, 'Guard', {
      parameterName: GUARD_PARAMETER,
      stringValue: this.toJsonString(guard),
      description: 'What a run needs to create and delete; read by infersweep',
    });
    const values = {
      CreateRole: this.createRole.roleArn,
      DeleteRole: this.deleteRole.roleArn,
      LedgerTable: this.ledgerTable.tableName,
      ReaperFunction: this.reaperFunction.functionName,
      DeadlineGroup: this.deadlineGroupName,
      DeadlineRole: this.deadlineRole.roleArn,
      DeadlineQueue: this.deadlineQueue.queueArn,
      AlarmTopic: this.alarmTopic.topicArn,
    };
    for (const [key, value] of Object.entries(values)) new CfnOutput(this, `${key}Output`, { key, value });
  }
}
