import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { tagKeys } from '../core/plan/tags.ts';
import { ec2Arns, hostingArns, scheduleArns, taskArns } from './arns.ts';

export interface CreateRights {
  /** SageMaker's names start with `ml.`; a service without a type here cannot be used at all. */
  readonly instanceTypes: readonly string[];
  readonly deadlineGroupName: string;
  readonly deadlineRoleArn: string;
  /** IAM path of the roles that servers, hosts and tasks run as. */
  readonly executionRolePath: string;
}

/** Nothing may come to life that the reaper would not find: the tags are in the create call itself. */
const TAGGED = {
  Null: { [`aws:RequestTag/${tagKeys.run}`]: 'false', [`aws:RequestTag/${tagKeys.expiresAt}`]: 'false' },
};

/** What a controller may bring to life, and no more. */
export function createRights(scope: Construct, rights: CreateRights): PolicyStatement[] {
  const ml = rights.instanceTypes.filter((type) => type.startsWith('ml.'));
  const ec2 = rights.instanceTypes.filter((type) => !type.startsWith('ml.'));
  return [
    ...(ml.length > 0 ? hosting(scope, ml) : []),
    ...(ec2.length > 0 ? hosts(scope, ec2) : []),
    ...tasks(scope),
    ...deadlines(scope, rights),
  ].map((statement) => new PolicyStatement(statement));
}

function hosting(scope: Construct, types: string[]): PolicyStatementProps[] {
  const [model, config, endpoint] = hostingArns(scope) as [string, string, string];
  return [
    {
      sid: 'CreateTaggedModelsAndEndpoints',
      actions: ['sagemaker:CreateModel', 'sagemaker:CreateEndpoint'],
      // CreateEndpoint is judged on its configuration, too.
      resources: [model, config, endpoint],
      conditions: TAGGED,
    },
    {
      sid: 'ConfigureGivenInstanceTypes',
      actions: ['sagemaker:CreateEndpointConfig'],
      resources: [config],
      conditions: {
        // "For all values" holds for an empty list, as a serverless variant has: the key must be there.
        Null: { ...TAGGED.Null, 'sagemaker:InstanceTypes': 'false' },
        'ForAllValues:StringEquals': { 'sagemaker:InstanceTypes': types },
      },
    },
    {
      // Tags in a create call need this. Outside one it would let a controller mark what is not its own, to delete it.
      sid: 'TagHostingAtCreationOnly',
      actions: ['sagemaker:AddTags'],
      resources: [model, config, endpoint],
      conditions: {
        StringEquals: { 'sagemaker:TaggingAction': ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'] },
      },
    },
  ];
}

function hosts(scope: Construct, types: string[]): PolicyStatementProps[] {
  return [
    {
      sid: 'RunGivenInstanceTypes',
      actions: ['ec2:RunInstances'],
      resources: ec2Arns(scope, 'instance'),
      conditions: { ...TAGGED, StringEquals: { 'ec2:InstanceType': types, 'ec2:MetadataHttpTokens': 'required' } },
    },
    {
      sid: 'RunWithTaggedVolumes',
      actions: ['ec2:RunInstances'],
      resources: ec2Arns(scope, 'volume'),
      conditions: TAGGED,
    },
    {
      // What a launch refers to and does not pay for. No key pair: nobody logs in.
      sid: 'RunWithExistingParts',
      actions: ['ec2:RunInstances'],
      resources: ec2Arns(
        scope,
        'image',
        'launch-template',
        'network-interface',
        'security-group',
        'spot-instances-request',
        'subnet',
      ),
    },
    {
      sid: 'TagHostsAtCreationOnly',
      actions: ['ec2:CreateTags'],
      resources: ec2Arns(scope, 'instance', 'volume'),
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
    },
  ];
}

function tasks(scope: Construct): PolicyStatementProps[] {
  const definitions = Stack.of(scope).formatArn({ service: 'ecs', resource: 'task-definition', resourceName: '*' });
  return [
    { sid: 'RunTaggedTasks', actions: ['ecs:RunTask'], resources: [definitions], conditions: TAGGED },
    {
      sid: 'TagTasksAtCreationOnly',
      actions: ['ecs:TagResource'],
      resources: taskArns(scope),
      conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    },
  ];
}

function deadlines(scope: Construct, rights: CreateRights): PolicyStatementProps[] {
  // No region in an ARN of IAM. The path begins and ends with a slash.
  const executionRoles = Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: `${rights.executionRolePath.slice(1)}*`,
  });
  return [
    {
      sid: 'ArmDeadlines',
      actions: ['scheduler:CreateSchedule'],
      resources: scheduleArns(scope, rights.deadlineGroupName),
    },
    {
      sid: 'PassDeadlineRole',
      actions: ['iam:PassRole'],
      resources: [rights.deadlineRoleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
    {
      sid: 'PassExecutionRoles',
      actions: ['iam:PassRole'],
      resources: [executionRoles],
      conditions: {
        StringEquals: {
          'iam:PassedToService': ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com', 'sagemaker.amazonaws.com'],
        },
      },
    },
  ];
}
