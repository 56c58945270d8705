import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { scheduleArns, taskArns } from './arns.ts';

/** Where a run may launch, besides what it has launched. */
export const FOR_A_RUN = ['ec2:DescribeInstanceTypeOfferings', 'ec2:DescribeSubnets'] as const;
/** Whatever carries a run, in any cluster, and of kinds that the kit does not know. */
export const FOR_EVERYTHING = ['ecs:ListClusters', 'tag:GetResources'] as const;

/** What finding resources of the kit takes. A listing knows no resource, so it cannot be confined to one. */
export function readRights(
  scope: Construct,
  deadlineGroupName: string,
  more: typeof FOR_A_RUN | typeof FOR_EVERYTHING,
): PolicyStatement[] {
  const hosting = ['model', 'endpoint-config', 'endpoint'].map((resource) =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: '*' }),
  );
  return [
    new PolicyStatement({
      sid: 'List',
      actions: [
        'ec2:DescribeInstances',
        'ecs:ListTasks',
        'sagemaker:ListEndpointConfigs',
        'sagemaker:ListEndpoints',
        'sagemaker:ListModels',
        'scheduler:ListSchedules',
        ...more,
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
