import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { scheduleArns, taskArns } from './arns.ts';

/** What finding everything of the kit takes. A listing knows no resource, so it cannot be confined to one. */
export function readRights(scope: Construct, deadlineGroupName: string): PolicyStatement[] {
  const hosting = ['model', 'endpoint-config', 'endpoint'].map((resource) =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: '*' }),
  );
  return [
    new PolicyStatement({
      sid: 'ListEverything',
      actions: [
        'ec2:DescribeInstances',
        'ecs:ListClusters',
        'ecs:ListTasks',
        'sagemaker:ListEndpointConfigs',
        'sagemaker:ListEndpoints',
        'sagemaker:ListModels',
        'scheduler:ListSchedules',
        'tag:GetResources',
      ],
      resources: ['*'],
    }),
    new PolicyStatement({
      sid: 'ReadHosting',
      actions: [
        'sagemaker:DescribeEndpoint',
        'sagemaker:DescribeEndpointConfig',
        'sagemaker:DescribeModel',
        'sagemaker:ListTags',
      ],
      resources: hosting,
    }),
    new PolicyStatement({ sid: 'ReadTasks', actions: ['ecs:DescribeTasks'], resources: taskArns(scope) }),
    new PolicyStatement({
      sid: 'ReadDeadlines',
      actions: ['scheduler:GetSchedule'],
      resources: scheduleArns(scope, deadlineGroupName),
    }),
  ];
}
