import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { tagKeys } from '../core/plan/tags.ts';
import { ec2Arns, hostingArns, scheduleArns } from './arns.ts';

export interface CreateRights {
  /** SageMaker's names start with `ml.`; a service without a type here cannot be used at all. */
  readonly instanceTypes: readonly string[];
  readonly deadlineGroupName: string;
  readonly deadlineRoleArn: string;
}

/** Nothing may come to life that the reaper would not find: the tags are in the create call itself. */
const TAGGED = {
  Null: { [`aws:RequestTag/${tagKeys.run}`]: 'false', [`aws:RequestTag/${tagKeys.expiresAt}`]: 'false' },
};

/**
 * What a controller may bring to life, and no more. Tasks, and the roles that it may hand over, are of the stacks that own
 * them: each attaches a policy of its own to the role, confined to what it made.
 */
export function createRights(scope: Construct, rights: CreateRights): PolicyStatement[] {
  const ml = rights.instanceTypes.filter((type) => type.startsWith('ml.'));
  const ec2 = rights.instanceTypes.filter((type) => !type.startsWith('ml.'));
  return [
    ...(ml.length > 0 ? hosting(scope, ml) : []),
    ...(ec2.length > 0 ? hosts(scope, ec2) : []),
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

function deadlines(scope: Construct, rights: CreateRights): PolicyStatementProps[] {
  return [
    {
      // Updated only to a later moment; what a deadline misses by that, the reaper's next pass finds by its tags.
      sid: 'ArmDeadlines',
      actions: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule'],
      resources: scheduleArns(scope, rights.deadlineGroupName),
    },
    {
      sid: 'PassDeadlineRole',
      actions: ['iam:PassRole'],
      resources: [rights.deadlineRoleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ];
}
