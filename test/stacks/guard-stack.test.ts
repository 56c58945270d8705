import { App, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it, vi } from 'vitest';
import { GUARD_PARAMETER, guardSchema } from '../../lib/core/catalog/guard.ts';
import { guardAcknowledgements } from '../../lib/stacks/guard-acknowledgements.ts';
import { GuardStack, type GuardStackProps } from '../../lib/stacks/guard-stack.ts';
import { allows, statementsOfRole, text } from '../support/iam.ts';
import { rendered } from '../support/rights.ts';
import { actionsOnEverything } from '../support/templates.ts';

function stackOf(o: Partial<GuardStackProps> = {}): GuardStack {
  return new GuardStack(new App(), 'Guard', { instanceTypes: ['ml.g4dn.xlarge', 'c7g.4xlarge'], ...o });
}

const stack = stackOf();
const template = Template.fromStack(stack);
const idOf = (type: string, o: object = {}) => {
  const ids = Object.keys(template.findResources(type, Match.objectLike(o)));
  expect(ids).toHaveLength(1);
  return ids[0]!;
};
const reaperId = idOf('AWS::Lambda::Function');

describe('GuardStack', () => {
  it('cannot be deleted by accident', () => {
    expect(stack.terminationProtection).toBe(true);
  });

  it('makes nothing that is paid for while nothing runs, but two metrics and two alarms', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    expect([...new Set(types)].sort()).toEqual([
      'AWS::Budgets::Budget',
      'AWS::CloudWatch::Alarm',
      'AWS::DynamoDB::Table',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::SSM::Parameter',
      'AWS::Scheduler::ScheduleGroup',
      'Custom::InfersweepDeletionGate',
    ]);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });

  it('keeps the ledger: on demand, restorable, forgetting only what may be forgotten', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'forgetAt', Enabled: true },
        KeySchema: [
          { AttributeName: 'run', KeyType: 'HASH' },
          { AttributeName: 'entry', KeyType: 'RANGE' },
        ],
        TableName: Match.absent(),
      },
    });
  });

  it('tells the command line where everything is', () => {
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'AlarmTopic',
      'CreateRole',
      'DeadlineGroup',
      'DeadlineQueue',
      'DeadlineRole',
      'DeleteRole',
      'LedgerTable',
      'ReaperFunction',
    ]);
  });

  it('publishes where everything is, in one parameter that runs can read', () => {
    const [parameter] = Object.values(template.findResources('AWS::SSM::Parameter'));
    const { Name, Value } = parameter!['Properties'];
    expect(Name).toBe(GUARD_PARAMETER);
    const guard = guardSchema.parse(JSON.parse(rendered(Value)));
    expect(guard.instanceTypes).toEqual(['ml.g4dn.xlarge', 'c7g.4xlarge']);
    const { schema: _, instanceTypes: __, ...places } = guard;
    expect(new Set(Object.values(places)).size).toBe(8);
    expect(guard.createRole).toMatch(/^<RolesCreate/);
    expect(guard.deleteRole).toMatch(/^<RolesDelete/);
  });

  it('hands on what other stacks need', () => {
    const handed = [
      stack.createRole.roleArn,
      stack.deleteRole.roleArn,
      stack.ledgerTable.tableArn,
      stack.reaperFunction.functionArn,
      stack.deadlineGroupName,
      stack.deadlineRole.roleArn,
      stack.deadlineQueue.queueArn,
      stack.alarmTopic.topicArn,
    ].map((value) => text(stack.resolve(value)));
    expect(new Set(handed).size).toBe(8);
  });
});

describe('the reaper', () => {
  it('is a small function on Graviton with a log that ends', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize: 256,
      LoggingConfig: { LogGroup: { Ref: idOf('AWS::Logs::LogGroup') } },
      Environment: {
        Variables: {
          DEADLINE_GROUP: stack.resolve(stack.deadlineGroupName),
          METRIC_NAMESPACE: 'Infersweep/Guard',
          GUARD: 'Guard',
        },
      },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  it('looks every quarter of an hour', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [reaperId, 'Arn'] } })],
    });
  });

  it('may delete what the delete role may, publish its own metrics, and nothing else', () => {
    const statements = statementsOfRole(template, 'ReaperRole');
    const deleting = statementsOfRole(template, 'RolesDelete').filter(({ Sid }) => Sid !== undefined);
    expect(statements).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      ...deleting.filter(({ Sid }) => /^(List|Read)/.test(Sid!)),
      ...deleting.filter(({ Sid }) => !/^(List|Read)/.test(Sid!)),
      {
        Sid: 'PublishOwnMetrics',
        Effect: 'Allow',
        Action: ['cloudwatch:PutMetricData'],
        Resource: ['*'],
        Condition: { StringEquals: { 'cloudwatch:namespace': ['Infersweep/Guard'] } },
      },
    ]);
    const foreign = { action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': 'AWS/X' } };
    expect(allows(statements, foreign)).toBe(false);
  });

  it('has only listings and its metrics without a resource, as the roles have', () => {
    const listing = [
      'ec2:DescribeInstanceTypeOfferings',
      'ec2:DescribeInstances',
      'ec2:DescribeSubnets',
      'ecs:ListClusters',
      'ecs:ListTasks',
      'sagemaker:ListEndpointConfigs',
      'sagemaker:ListEndpoints',
      'sagemaker:ListModels',
      'scheduler:ListSchedules',
      'tag:GetResources',
    ];
    expect([...new Set(actionsOnEverything(template))]).toEqual(['cloudwatch:PutMetricData', ...listing]);
  });
});

describe('deadlines', () => {
  it('invoke the reaper and nothing else, for schedules of their own group only', () => {
    expect(statementsOfRole(template, 'DeadlinesRole')).toEqual([
      expect.objectContaining({
        Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
        Resource: [`<${idOf('AWS::SQS::Queue')}.Arn>`],
      }),
      { Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [`<${reaperId}.Arn>`], Condition: {} },
    ]);
    template.hasResourceProperties('AWS::IAM::Role', {
      Description: 'infersweep: invokes the reaper at a deadline',
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': { 'Fn::GetAtt': [idOf('AWS::Scheduler::ScheduleGroup'), 'Arn'] },
              },
            },
          }),
        ],
      },
    });
  });

  it('go with the guard', () => {
    template.hasResource('AWS::Scheduler::ScheduleGroup', {
      DeletionPolicy: 'Delete',
      // Named after the stack: the reaper reads deadlines by it, and two guards must not share them.
      Properties: { Name: Match.stringLikeRegexp('^Guard-?Deadlines') },
    });
  });
});

describe('alarms', () => {
  const actions = { AlarmActions: [{ Ref: idOf('AWS::SNS::Topic') }], OKActions: [{ Ref: idOf('AWS::SNS::Topic') }] };
  const metric = {
    Namespace: 'Infersweep/Guard',
    MetricName: 'Leaked',
    Dimensions: [{ Name: 'Guard', Value: 'Guard' }],
    Period: 900,
  };

  it('cry at the first leak', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric,
      ...actions,
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });

  it('cry when nobody has looked', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric,
      ...actions,
      Statistic: 'SampleCount',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  it('that are not delivered wait in a queue that answers over TLS only', () => {
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'sqs:*',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });

  it('may be published by CloudWatch and Budgets of this account', () => {
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    const allowing = policy!['Properties'].PolicyDocument.Statement.filter(
      (s: { Effect: string }) => s.Effect === 'Allow',
    );
    expect(allowing).toEqual([
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
  });

  it('reach the address given', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 0);
    Template.fromStack(stackOf({ alarmEmail: 'ops@example.com' })).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });
});

describe('the budget', () => {
  it('says when the month is nearly spent, and stops nothing by default', () => {
    const topic = { SubscriptionType: 'SNS', Address: { Ref: idOf('AWS::SNS::Topic') } };
    const notification = (NotificationType: string, Threshold: number) => ({
      Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [topic],
    });
    template.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: {
        BudgetLimit: { Amount: 100, Unit: 'USD' },
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        CostFilters: Match.absent(),
      },
      NotificationsWithSubscribers: [notification('ACTUAL', 80), notification('FORECASTED', 100)],
    });
    template.resourceCountIs('AWS::Budgets::BudgetsAction', 0);
  });

  const denying = Template.fromStack(
    stackOf({ spendLimit: { monthlyUsd: 25, denyCreate: true, costFilters: { TagKeyValue: ['user:team$ml'] } } }),
  );

  it('takes the right to create away when the whole is spent', () => {
    denying.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetLimit: { Amount: 25 }, CostFilters: { TagKeyValue: ['user:team$ml'] } },
    });
    const createRole = { Ref: Match.stringLikeRegexp('^RolesCreate') };
    const policy = { Ref: Match.stringLikeRegexp('^SpendDenyCreate') };
    denying.hasResourceProperties('AWS::Budgets::BudgetsAction', {
      ActionType: 'APPLY_IAM_POLICY',
      ApprovalModel: 'AUTOMATIC',
      NotificationType: 'ACTUAL',
      ActionThreshold: { Type: 'PERCENTAGE', Value: 100 },
      Definition: { IamActionDefinition: { PolicyArn: policy, Roles: [createRole] } },
    });
    denying.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Action: ['ec2:RunInstances', 'ecs:RunTask', 'sagemaker:CreateEndpoint', 'sagemaker:CreateEndpointConfig'],
            Resource: '*',
          }),
        ],
      },
    });
  });

  it('may attach that policy to that role, and no other to any', () => {
    const [statement] = statementsOfRole(denying, 'SpendAttachRole');
    expect(statement).toEqual({
      Sid: 'AttachThatPolicyToThatRole',
      Effect: 'Allow',
      Action: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      Resource: [expect.stringMatching(/^<RolesCreate\w+\.Arn>$/)],
      Condition: { ArnEquals: { 'iam:PolicyARN': [expect.stringMatching(/^<SpendDenyCreate\w+>$/)] } },
    });
  });

  it('refuses a limit of nothing', () => {
    expect(() => stackOf({ spendLimit: { monthlyUsd: 0 } })).toThrow(/monthlyUsd is 0, must be more than 0/);
  });
});

describe('the deletion gate', () => {
  it('goes before anything else does, and asks the reaper', () => {
    const gateId = idOf('Custom::InfersweepDeletionGate');
    const resources = template.toJSON().Resources as Record<string, unknown>;
    template.hasResource('Custom::InfersweepDeletionGate', {
      Properties: { ServiceToken: { 'Fn::GetAtt': [reaperId, 'Arn'] }, ServiceTimeout: '3000' },
    });
    const { DependsOn } = resources[gateId] as { DependsOn: string[] };
    expect(DependsOn.sort()).toEqual(
      Object.keys(resources)
        .filter((id) => id !== gateId)
        .sort(),
    );
  });

  it('has nothing that could change', () => {
    const { Properties } = Object.values(template.findResources('Custom::InfersweepDeletionGate'))[0]!;
    expect(Object.keys(Properties).sort()).toEqual(['ServiceTimeout', 'ServiceToken']);
  });
});

describe('AwsSolutions', () => {
  const findings = (acknowledged: boolean): string => {
    const app = new App();
    const guard = new GuardStack(app, 'Guard', { instanceTypes: ['ml.g4dn.xlarge', 'c7g.4xlarge'] });
    for (const { id, at, reason } of acknowledged ? guardAcknowledgements(guard) : []) {
      const construct = at.split('/').reduce<IConstruct>((found, name) => found.node.findChild(name), guard);
      Validations.of(construct).acknowledge({ id, reason });
    }
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      app.synth();
      return '';
    } catch (error) {
      return (error as Error).message;
    } finally {
      vi.restoreAllMocks();
    }
  };

  it('finds nothing that is not acknowledged with a reason', () => {
    expect(findings(false)).toContain('IAM5');
    expect(findings(true)).toBe('');
  });

  it('finds no rule but these two', () => {
    const rules = guardAcknowledgements(stack).map(({ id }) => id.split('[')[0]);
    expect([...new Set(rules)]).toEqual(['AwsSolutions-IAM5', 'AwsSolutions-SQS3']);
  });
});
