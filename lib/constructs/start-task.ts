import type { Cluster, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { tagKeys } from '../core/plan/tags.ts';
import { passRoles } from './pass-role.ts';

/** To start this task, in this cluster only, with the tags of a run, under its own two roles. */
export function startTaskStatements(cluster: Cluster, definition: FargateTaskDefinition): PolicyStatement[] {
  const tagged = {
    Null: { [`aws:RequestTag/${tagKeys.run}`]: 'false', [`aws:RequestTag/${tagKeys.expiresAt}`]: 'false' },
  };
  return [
    new PolicyStatement({
      actions: ['ecs:RunTask'],
      resources: [definition.taskDefinitionArn],
      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn }, ...tagged },
    }),
    new PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: [cluster.arnForTasks('*')],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' }, ...tagged },
    }),
    passRoles([definition.taskRole, definition.obtainExecutionRole()], 'ecs-tasks.amazonaws.com'),
  ];
}
