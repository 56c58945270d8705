import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { tagKeys } from '../core/plan/tags.ts';
import { ec2Arns, hostingArns, scheduleArns, taskArns } from './arns.ts';

const OURS = { Null: { [`aws:ResourceTag/${tagKeys.run}`]: 'false' } };

/** What may be ended: only what carries a run. Deadlines cannot carry tags; their group is the guard's own. */
export function deleteRights(scope: Construct, deadlineGroupName: string): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'DeleteTaggedHosting',
      actions: ['sagemaker:DeleteEndpoint', 'sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel'],
      resources: hostingArns(scope),
      conditions: OURS,
    }),
    new PolicyStatement({
      sid: 'TerminateTaggedInstances',
      actions: ['ec2:TerminateInstances'],
      resources: ec2Arns(scope, 'instance'),
      conditions: OURS,
    }),
    new PolicyStatement({
      sid: 'StopTaggedTasks',
      actions: ['ecs:StopTask'],
      resources: taskArns(scope),
      conditions: OURS,
    }),
    new PolicyStatement({
      sid: 'DisarmDeadlines',
      actions: ['scheduler:DeleteSchedule'],
      resources: scheduleArns(scope, deadlineGroupName),
    }),
  ];
}
