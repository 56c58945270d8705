/** The two roles, statement by statement, and what IAM would make of them. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { DeadlineSchedules } from '../../lib/constructs/deadline-schedules.ts';
import { LedgerTable } from '../../lib/constructs/ledger-table.ts';
import { RunRoles, type RunRolesProps } from '../../lib/constructs/run-roles.ts';
import { allows, type IamRequest, type IamStatement, statementsOfRole, text } from '../support/iam.ts';

function templateOf(o: Partial<RunRolesProps> = {}): Template {
  const stack = new Stack(new App(), 'Guard');
  new RunRoles(stack, 'Roles', {
    instanceTypes: ['ml.g4dn.xlarge', 'ml.inf1.xlarge', 'c7g.4xlarge'],
    deadlines: new DeadlineSchedules(stack, 'Deadlines'),
    ledger: new LedgerTable(stack, 'Ledger'),
    ...o,
  });
  return Template.fromStack(stack);
}

const template = templateOf();
const create = statementsOfRole(template, 'RolesCreate');
const remove = statementsOfRole(template, 'RolesDelete');
const group = Object.values(template.findResources('AWS::Scheduler::ScheduleGroup'))[0]!['Properties'].Name;

const arn = (rest: string, account = '<AWS::AccountId>') => {
  const [service, ...resource] = rest.split(':');
  return `arn:<AWS::Partition>:${service}:<AWS::Region>:${account}:${resource.join(':')}`;
};
const roleArn = (name: string) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${name}`;
const hosting = ['model', 'endpoint-config', 'endpoint'].map((kind) => arn(`sagemaker:${kind}/infersweep-*`));

const tagged = { 'aws:RequestTag/infersweep:run': ['false'], 'aws:RequestTag/infersweep:expires-at': ['false'] };
const ours = { Null: { 'aws:ResourceTag/infersweep:run': ['false'] } };

const statement = (Sid: string, Action: string[], Resource: string[], Condition: IamStatement['Condition'] = {}) => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});

const reading = (more: string[]) => [
  statement(
    'List',
    [
      'ec2:DescribeInstances',
      'ecs:ListTasks',
      'sagemaker:ListEndpointConfigs',
      'sagemaker:ListEndpoints',
      'sagemaker:ListModels',
      'scheduler:ListSchedules',
      ...more,
    ],
    ['*'],
  ),
  statement(
    'ReadHosting',
    ['sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:DescribeModel', 'sagemaker:ListTags'],
    ['model', 'endpoint-config', 'endpoint'].map((kind) => arn(`sagemaker:${kind}/*`)),
  ),
  statement('ReadTasks', ['ecs:DescribeTasks'], [arn('ecs:task/*')]),
  statement('ReadDeadlines', ['scheduler:GetSchedule'], [arn(`scheduler:schedule/${group}/*`)]),
];

const bookkeeping = {
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  Resource: [expect.stringMatching(/^<Ledger\w+\.Arn>$/)],
  Condition: {},
};

describe('the create role', () => {
  it('has these statements and no other', () => {
    expect(create).toEqual([
      statement('CreateTaggedModelsAndEndpoints', ['sagemaker:CreateModel', 'sagemaker:CreateEndpoint'], hosting, {
        Null: tagged,
      }),
      statement('ConfigureGivenInstanceTypes', ['sagemaker:CreateEndpointConfig'], [hosting[1]!], {
        Null: { ...tagged, 'sagemaker:InstanceTypes': ['false'] },
        'ForAllValues:StringEquals': { 'sagemaker:InstanceTypes': ['ml.g4dn.xlarge', 'ml.inf1.xlarge'] },
      }),
      statement('TagHostingAtCreationOnly', ['sagemaker:AddTags'], hosting, {
        StringEquals: { 'sagemaker:TaggingAction': ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'] },
      }),
      statement('RunGivenInstanceTypes', ['ec2:RunInstances'], [arn('ec2:instance/*')], {
        Null: tagged,
        StringEquals: { 'ec2:InstanceType': ['c7g.4xlarge'], 'ec2:MetadataHttpTokens': ['required'] },
      }),
      statement('RunWithTaggedVolumes', ['ec2:RunInstances'], [arn('ec2:volume/*')], { Null: tagged }),
      statement(
        'RunWithExistingParts',
        ['ec2:RunInstances'],
        [
          arn('ec2:image/*', ''),
          ...['launch-template', 'network-interface', 'security-group', 'spot-instances-request', 'subnet'].map(
            (kind) => arn(`ec2:${kind}/*`),
          ),
        ],
      ),
      statement('TagHostsAtCreationOnly', ['ec2:CreateTags'], [arn('ec2:instance/*'), arn('ec2:volume/*')], {
        StringEquals: { 'ec2:CreateAction': ['RunInstances'] },
      }),
      statement(
        'ArmDeadlines',
        ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule'],
        [arn(`scheduler:schedule/${group}/*`)],
      ),
      statement('PassDeadlineRole', ['iam:PassRole'], [expect.stringMatching(/^<DeadlinesRole\w+\.Arn>$/)], {
        StringEquals: { 'iam:PassedToService': ['scheduler.amazonaws.com'] },
      }),
      ...reading(['ec2:DescribeInstanceTypeOfferings', 'ec2:DescribeSubnets']),
      bookkeeping,
    ]);
  });

  const tags = { 'aws:RequestTag/infersweep:run': 'r', 'aws:RequestTag/infersweep:expires-at': '2026-01-31T12:00:00Z' };
  const { 'aws:RequestTag/infersweep:expires-at': _, ...undated } = tags;
  const { 'aws:RequestTag/infersweep:run': __, ...nameless } = tags;
  const request = (action: string, resource: string, context: IamRequest['context'] = {}) => ({
    action,
    resource: resource.startsWith('arn:') ? resource : arn(resource),
    context,
  });
  const config = (context: IamRequest['context']) =>
    request('sagemaker:CreateEndpointConfig', 'sagemaker:endpoint-config/infersweep-a', context);
  const launch = (context: IamRequest['context']) => request('ec2:RunInstances', 'ec2:instance/*', context);
  const host = { 'ec2:InstanceType': 'c7g.4xlarge', 'ec2:MetadataHttpTokens': 'required' };
  const pass = (role: string, service: string) =>
    request('iam:PassRole', roleArn(role), { 'iam:PassedToService': service });

  it.each<[string, IamRequest]>([
    ['a tagged model', request('sagemaker:CreateModel', 'sagemaker:model/infersweep-a', tags)],
    ['a tagged endpoint', request('sagemaker:CreateEndpoint', 'sagemaker:endpoint/infersweep-a', tags)],
    ['its configuration', request('sagemaker:CreateEndpoint', 'sagemaker:endpoint-config/infersweep-a', tags)],
    ['a type that was given', config({ ...tags, 'sagemaker:InstanceTypes': ['ml.g4dn.xlarge'] })],
    ['a host', launch({ ...tags, ...host })],
    ['its volume', request('ec2:RunInstances', 'ec2:volume/*', tags)],
    ['a deadline', request('scheduler:CreateSchedule', `scheduler:schedule/${group}/run-1`)],
    [
      'tags while creating',
      request('sagemaker:AddTags', 'sagemaker:endpoint/infersweep-a', { 'sagemaker:TaggingAction': 'CreateEndpoint' }),
    ],
  ])('may create %s', (_, allowed) => {
    expect(allows(create, allowed)).toBe(true);
  });

  it.each<[string, IamRequest]>([
    ['an endpoint without a run', request('sagemaker:CreateEndpoint', 'sagemaker:endpoint/infersweep-a', nameless)],
    ['an endpoint without an expiry', request('sagemaker:CreateEndpoint', 'sagemaker:endpoint/infersweep-a', undated)],
    ['an endpoint by another name', request('sagemaker:CreateEndpoint', 'sagemaker:endpoint/production', tags)],
    ['a model without an expiry', request('sagemaker:CreateModel', 'sagemaker:model/infersweep-a', undated)],
    ['another type', config({ ...tags, 'sagemaker:InstanceTypes': ['ml.p5.48xlarge'] })],
    [
      'another type beside one given',
      config({ ...tags, 'sagemaker:InstanceTypes': ['ml.g4dn.xlarge', 'ml.p5.48xlarge'] }),
    ],
    ['no type at all', config(tags)],
    ['a configuration without an expiry', config({ ...undated, 'sagemaker:InstanceTypes': ['ml.g4dn.xlarge'] })],
    ['tags on what exists', request('sagemaker:AddTags', 'sagemaker:endpoint/infersweep-a')],
    ['another host', launch({ ...tags, ...host, 'ec2:InstanceType': 'p5.48xlarge' })],
    ['a host whose metadata need no token', launch({ ...tags, ...host, 'ec2:MetadataHttpTokens': 'optional' })],
    ['a host without an expiry', launch({ ...undated, ...host })],
    ['a volume without a run', request('ec2:RunInstances', 'ec2:volume/*', nameless)],
    ['tags on a host that runs', request('ec2:CreateTags', 'ec2:instance/i-1')],
    ['a task, unless a stack lets it', request('ecs:RunTask', 'ecs:task-definition/generator:1', tags)],
    ['tags on a task that runs', request('ecs:TagResource', 'ecs:task/lab/1')],
    ['a schedule elsewhere', request('scheduler:CreateSchedule', 'scheduler:schedule/default/run-1')],
    ['what a stranger role may', pass('admin', 'sagemaker.amazonaws.com')],
    ['a role of a stack that does not let it', pass('infersweep/server', 'sagemaker.amazonaws.com')],
    [
      'what the deadline role may for a server',
      {
        action: 'iam:PassRole',
        resource: create.find(({ Sid }) => Sid === 'PassDeadlineRole')!.Resource[0]!,
        context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
      },
    ],
  ])('may not create %s', (_, denied) => {
    expect(allows(create, denied)).toBe(false);
  });

  it('deletes nothing, whatever its tags', () => {
    expect(create.flatMap(({ Action }) => Action).filter((a) => /Delete|Terminate|Stop|Detach/.test(a))).toEqual([]);
  });

  it.each([
    ['ml.g4dn.xlarge', 'ec2:RunInstances'],
    ['c7g.4xlarge', 'sagemaker:CreateEndpoint'],
  ])('for %s alone cannot %s at all', (type, missing) => {
    const statements = statementsOfRole(templateOf({ instanceTypes: [type] }), 'RolesCreate');
    expect(statements.flatMap(({ Action }) => Action)).not.toContain(missing);
  });
});

describe('the delete role', () => {
  it('has these statements and no other', () => {
    expect(remove).toEqual([
      statement(
        'DeleteTaggedHosting',
        ['sagemaker:DeleteEndpoint', 'sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel'],
        hosting,
        ours,
      ),
      statement('TerminateTaggedInstances', ['ec2:TerminateInstances'], [arn('ec2:instance/*')], ours),
      statement('StopTaggedTasks', ['ecs:StopTask'], [arn('ecs:task/*')], ours),
      statement('DisarmDeadlines', ['scheduler:DeleteSchedule'], [arn(`scheduler:schedule/${group}/*`)]),
      ...reading(['ecs:ListClusters', 'tag:GetResources']),
    ]);
  });

  it.each([
    ['sagemaker:DeleteEndpoint', 'sagemaker:endpoint/infersweep-a'],
    ['sagemaker:DeleteEndpointConfig', 'sagemaker:endpoint-config/infersweep-a'],
    ['sagemaker:DeleteModel', 'sagemaker:model/infersweep-a'],
    ['ec2:TerminateInstances', 'ec2:instance/i-1'],
    ['ecs:StopTask', 'ecs:task/lab/1'],
  ])('may call %s with a run, and not without', (action, resource) => {
    const request = { action, resource: arn(resource) };
    const context = { 'aws:ResourceTag/infersweep:run': 'r' };
    expect(allows(remove, { ...request, context })).toBe(true);
    expect(allows(remove, request)).toBe(false);
  });

  it('creates nothing and passes no role on', () => {
    expect(
      remove.flatMap(({ Action }) => Action).filter((a) => /Create|Run|PassRole|Tag(s|Resource)$/.test(a)),
    ).toEqual(['sagemaker:ListTags']);
  });
});

describe('both', () => {
  it('are for this account, or for those named', () => {
    const trust = (t: Template) =>
      Object.values(t.findResources('AWS::IAM::Role'))
        .filter(({ Properties }) => /^infersweep: (creates|deletes)/.test(Properties.Description))
        .map(({ Properties }) => text(Properties.AssumeRolePolicyDocument.Statement[0].Principal.AWS));
    expect(trust(template)).toEqual(Array(2).fill('arn:<AWS::Partition>:iam::<AWS::AccountId>:root'));
  });

  it('are for the functions of a Lab, by the path of their roles, beside whoever is named', () => {
    const named = 'arn:aws:iam::123456789012:role/lab';
    const controlled = templateOf({ controllers: [new ArnPrincipal(named)] });
    const roles = Object.values(controlled.findResources('AWS::IAM::Role')).filter(({ Properties }) =>
      /^infersweep: (creates|deletes)/.test(Properties.Description),
    );
    expect(roles).toHaveLength(2);
    for (const { Properties } of roles) {
      const statements = Properties.AssumeRolePolicyDocument.Statement;
      expect(statements.map((s: { Principal: { AWS: unknown } }) => text(s.Principal.AWS))).toEqual([
        named,
        'arn:<AWS::Partition>:iam::<AWS::AccountId>:root',
      ]);
      expect(text(statements[1].Condition.ArnLike['aws:PrincipalArn'])).toBe(roleArn('infersweep-controllers/*'));
    }
  });

  it.each<[Partial<RunRolesProps>, RegExp]>([
    [{ instanceTypes: [] }, /instanceTypes is empty.*ml.g4dn.xlarge or c7g.4xlarge/],
    [{ instanceTypes: ['ml.g4dn.*'] }, /"ml.g4dn.\*".*patterns would defeat their purpose/],
    [{ instanceTypes: ['g4dn'] }, /"g4dn"/],
  ])('refuse %j', (o, message) => {
    expect(() => templateOf(o)).toThrow(message);
  });
});
