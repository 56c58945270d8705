/** Calls of the roles through the real SDK clients, judged by the statements that the stacks synthesise. */
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3 } from '@aws-sdk/client-s3';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SchedulerDeadlines } from '../../lib/aws/deadlines.ts';
import { DynamoLease } from '../../lib/aws/lease.ts';
import { DynamoLedger } from '../../lib/aws/ledger.ts';
import { rootOf, S3Store } from '../../lib/aws/object-store.ts';
import { DynamoRecords } from '../../lib/aws/records.ts';
import { roleSessions } from '../../lib/aws/role-session.ts';
import { GuardStack } from '../../lib/stacks/guard-stack.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { implied, mayDo, type Policies, requirementsOf } from '../support/aws/iam-enforcement.ts';
import { guardArns, guardPolicies, labArns, withLab } from '../support/aws/iam-guard.ts';
import { statementsIn, withoutStatement } from '../support/aws/iam-statements.ts';
import { ledgerTable } from '../support/aws/services/dynamodb.ts';
import { dataBucket } from '../support/aws/services/s3.ts';
import { Firing } from '../support/aws/services/scheduler-firing.ts';
import { cluster, deadlineGroup } from '../support/aws/world.ts';
import { kitStacks } from '../support/kit-stacks.ts';
import { tagsOfRun } from '../support/reap.ts';

const instanceTypes = ['ml.g4dn.xlarge', 'c7g.4xlarge'];
const guard = Template.fromStack(new GuardStack(new App(), 'Guard', { instanceTypes }));
const ofGuard = guardPolicies(guard);
const lab = kitStacks().template.lab;
/** Tasks, and the roles that are handed over, are of the lab. */
const policies = withLab(ofGuard, lab);

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
  cloud.aws.world.launchTemplates.set('lt-1', {
    imageId: 'ami-1',
    securityGroupIds: ['sg-1'],
    roleArn: labArns.hostRole,
    metadataHttpTokens: 'required',
  });
  cloud.aws.world.taskDefinitions.set(labArns.taskDefinition, {
    roleArns: [labArns.taskRole, labArns.taskExecutionRole],
  });
});
afterAll(() => cloud.close());

const tags = tagsOfRun('r', 3600);
const pairs = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
beforeEach(() => {
  const { world } = cloud.aws;
  world.things.clear();
  world.denials.length = 0;
  for (const kind of ['model', 'endpoint-config', 'endpoint'] as const) world.add(kind, `infersweep-${kind}`, { tags });
  world.add('instance', 'i-1', { tags });
  world.add('task', 't-1', { tags });
  cloud.aws.enforce(policies);
});

function as(roleArn: string) {
  const o = cloud.aws.configOf(roleArn);
  return {
    sagemaker: new SageMaker(o),
    ec2: new EC2(o),
    ecs: new ECS(o),
    scheduler: new Scheduler(o),
    dynamodb: new DynamoDB(o),
    tagging: new ResourceGroupsTaggingAPI(o),
    cloudwatch: new CloudWatch(o),
    s3: new S3(o),
  };
}
type Clients = ReturnType<typeof as>;

const launch = (o: Partial<RunInstancesCommandInput> = {}): RunInstancesCommandInput => ({
  LaunchTemplate: { LaunchTemplateId: 'lt-1' },
  InstanceType: 'c7g.4xlarge',
  SubnetId: 'subnet-a',
  MinCount: 1,
  MaxCount: 1,
  TagSpecifications: ['instance' as const, 'volume' as const].map((ResourceType) => ({ ResourceType, Tags: pairs })),
  ...o,
});
const variant = (InstanceType: 'ml.g4dn.xlarge' | 'ml.p4d.24xlarge') => ({
  VariantName: 'v',
  ModelName: 'infersweep-m',
  InitialInstanceCount: 1,
  InstanceType,
});
const names = { model: 'infersweep-model', config: 'infersweep-endpoint-config', endpoint: 'infersweep-endpoint' };
const ExecutionRoleArn = labArns.executionRole;

const run = (c: Clients) => ({ api: c.dynamodb, tableName: ledgerTable, runId: 'r' });
const deadlines = ({ scheduler }: Pick<Clients, 'scheduler'>) =>
  new SchedulerDeadlines({
    scheduler,
    groupName: deadlineGroup,
    reaperArn: guardArns.reaperFunction,
    roleArn: guardArns.deadlineRole,
    deadLetterArn: guardArns.deadLetterQueue,
  });
const clock = { nowMs: () => cloud.aws.world.nowMs, nowIso: () => '' };
const inHours = (hours: number) => new Date(cloud.aws.world.nowMs + hours * 3_600_000).toISOString();

const keepBooks = async (c: Clients) => {
  const lease = new DynamoLease({ ...run(c), owner: 'o', clock });
  await lease.acquire();
  await new DynamoLedger({ ...run(c), budgetUsd: null, lease }).reserve({ name: 'n', usd: 1 });
  const store = new S3Store({ s3: cloud.s3, bucketName: dataBucket, root: rootOf('r') });
  const records = new DynamoRecords(run(c), store);
  await records.skipped();
  const row = {
    configuration: 'c',
    target: 'ec2' as const,
    instanceType: 'i',
    code: 'quota' as const,
    rule: null,
    fix: '',
  };
  await records.skip({ trial: `t${Math.random()}`, row });
};

const reading: ((c: Clients) => Promise<unknown>)[] = [
  (c) => c.ec2.describeInstances({}),
  (c) => c.ecs.listTasks({ cluster }),
  (c) => c.sagemaker.listEndpoints({}),
  (c) => c.sagemaker.listEndpointConfigs({}),
  (c) => c.sagemaker.listModels({}),
  (c) => c.scheduler.listSchedules({ GroupName: deadlineGroup }),
  (c) => c.sagemaker.describeModel({ ModelName: names.model }),
  (c) => c.sagemaker.listTags({ ResourceArn: cloud.aws.world.find('endpoint', names.endpoint)!.arn }),
  (c) => c.ecs.describeTasks({ cluster, tasks: [cloud.aws.world.find('task', 't-1')!.arn] }),
  (c) => c.scheduler.getSchedule({ GroupName: deadlineGroup, Name: 'any' }),
];
/** Whatever run it is of. */
const searching: typeof reading = [(c) => c.ecs.listClusters({}), (c) => c.tagging.getResources({ TagFilters: [] })];
const deleting: ((c: Clients) => Promise<unknown>)[] = [
  (c) => c.sagemaker.deleteEndpoint({ EndpointName: names.endpoint }),
  (c) => c.ec2.terminateInstances({ InstanceIds: ['i-1'] }),
  (c) => c.ecs.stopTask({ cluster, task: cloud.aws.world.find('task', 't-1')!.arn }),
  (c) => deadlines(c).disarm('any'),
];

const createModel = (c: Clients, o = {}) =>
  c.sagemaker.createModel({ ModelName: 'infersweep-new', ExecutionRoleArn, Tags: pairs, ...o });
const createConfig = (c: Clients, o = {}) =>
  c.sagemaker.createEndpointConfig({
    EndpointConfigName: 'infersweep-new',
    ProductionVariants: [variant('ml.g4dn.xlarge')],
    Tags: pairs,
    ...o,
  });
const createEndpoint = (c: Clients, o = {}) =>
  c.sagemaker.createEndpoint({ EndpointName: 'infersweep-new', EndpointConfigName: names.config, Tags: pairs, ...o });
const runTask = (c: Clients, o = {}) =>
  c.ecs.runTask({
    cluster,
    taskDefinition: labArns.taskDefinition,
    tags: pairs.map(({ Key: key, Value: value }) => ({ key, value })),
    ...o,
  });

/** What each role is for. */
const scenarios: Record<string, ((c: Clients) => Promise<unknown>)[]> = {
  [guardArns.createRole]: [
    (c) => createModel(c),
    (c) => createConfig(c),
    (c) => createEndpoint(c),
    (c) => c.ec2.runInstances(launch()),
    (c) => runTask(c),
    (c) => deadlines(c).arm({ name: 'infersweep-a', expiresAt: inHours(1), tags }),
    (c) => deadlines(c).arm({ name: 'infersweep-a', expiresAt: inHours(2), tags }),
    ...reading,
    keepBooks,
  ],
  [guardArns.deleteRole]: [...reading, ...searching, ...deleting],
  [guardArns.reaperRole]: [
    ...reading,
    ...searching,
    ...deleting,
    (c) => c.cloudwatch.putMetricData({ Namespace: 'Infersweep/Guard', MetricData: [] }),
  ],
  [guardArns.deadlineRole]: [fire],
};

/** One deadline that is delivered, and one that cannot be. */
async function fire(): Promise<void> {
  const { world } = cloud.aws;
  const firing = new Firing(world, mayDo(world, enforced));
  world.functions.set(guardArns.reaperFunction, async () => undefined);
  await deadlines(cloud).arm({ name: 'infersweep-a', expiresAt: inHours(1), tags });
  await firing.elapse(3700);
  world.functions.clear();
  await deadlines(cloud).arm({ name: 'infersweep-b', expiresAt: inHours(1), tags });
  await firing.elapse(2 * 86_400);
}

let enforced: Policies = policies;
/** Denials of a role's whole work. */
async function work(roleArn: string, given: Policies, until: 'done' | 'denied' = 'done'): Promise<string[]> {
  const { world } = cloud.aws;
  enforced = given;
  cloud.aws.enforce(given);
  world.denials.length = 0;
  const clients = as(roleArn);
  for (const call of scenarios[roleArn]!) {
    if (until === 'denied' && world.denials.length > 0) break;
    await call(clients).catch((error: Error) => {
      // A service that plays no such call has been reached, which is all that is asked here.
      if (
        !/AccessDenied|Unauthorized|UnknownOperation|InvalidAction|NotFound|Validation|InvalidParameter/.test(
          error.name,
        )
      )
        throw error;
    });
  }
  return world.denials.map(({ action }) => action);
}

describe('the roles of the guard', () => {
  it.each(Object.keys(scenarios))('may do their work: %s', async (roleArn) => {
    expect(await work(roleArn, policies)).toEqual([]);
  });

  const seen = statementsIn(ofGuard).filter(
    ({ statement }) => !statement.Action.every((action) => implied.unseen.some((one) => one.action === action)),
  );
  it.each(seen)('are denied some of it without $name ($roleArn)', async ({ roleArn, name }) => {
    const denied = await work(roleArn, withoutStatement(policies, roleArn, name), 'denied');
    expect(denied).not.toEqual([]);
  });
});

describe('a call is judged', () => {
  const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
  const pass = (role: string) => `iam:PassRole on ${role}`;
  const hosting = (action: string, rest: string) => `sagemaker:${action} on ${at('sagemaker', rest)}`;
  const launching = (rest: string) => `ec2:RunInstances on ${at('ec2', rest)}`;

  it.each<[string, (c: Clients) => Promise<unknown>, string[]]>([
    [
      'a model: itself, its tags, its role',
      (c) => createModel(c),
      [
        hosting('CreateModel', 'model/infersweep-new'),
        hosting('AddTags', 'model/infersweep-new'),
        pass(labArns.executionRole),
      ],
    ],
    [
      'an endpoint: itself, its configuration, its tags',
      (c) => createEndpoint(c),
      [
        hosting('CreateEndpoint', 'endpoint/infersweep-new'),
        hosting('CreateEndpoint', `endpoint-config/${names.config}`),
        hosting('AddTags', 'endpoint/infersweep-new'),
      ],
    ],
    [
      'a launch: all that it makes, uses, tags and hands over',
      (c) => c.ec2.runInstances(launch({ InstanceMarketOptions: { MarketType: 'spot' }, KeyName: 'k' })),
      [
        ...['instance/*', 'volume/*', 'network-interface/*'].map(launching),
        'ec2:RunInstances on arn:aws:ec2:us-east-1::image/ami-1',
        ...['subnet/subnet-a', 'security-group/sg-1', 'launch-template/lt-1', 'key-pair/k'].map(launching),
        launching('spot-instances-request/*'),
        `ec2:CreateTags on ${at('ec2', 'instance/*')}`,
        `ec2:CreateTags on ${at('ec2', 'volume/*')}`,
        pass(labArns.hostRole),
      ],
    ],
    [
      'a task: its definition, its tags, both of its roles',
      (c) => runTask(c),
      [
        `ecs:RunTask on ${labArns.taskDefinition}`,
        `ecs:TagResource on ${at('ecs', 'task/lab/*')}`,
        pass(labArns.taskRole),
        pass(labArns.taskExecutionRole),
      ],
    ],
    [
      'a deadline: itself, the role that it hands over',
      (c) => deadlines(c).arm({ name: 'infersweep-a', expiresAt: inHours(1), tags }),
      [
        `scheduler:CreateSchedule on ${at('scheduler', `schedule/${deadlineGroup}/infersweep-a`)}`,
        pass(guardArns.deadlineRole),
      ],
    ],
  ])('as %s', async (_name, call, expected) => {
    const asked: string[] = [];
    cloud.aws.gates.push(({ service, operation, request, world }) => {
      const needed = requirementsOf(service.iam, operation, request, world);
      asked.push(...needed.map(({ action, resource }) => `${action} on ${resource}`));
    });
    try {
      await call(as(guardArns.createRole)).catch(() => undefined);
    } finally {
      cloud.aws.gates.pop();
    }
    expect(asked).toEqual(expected);
  });

  it('by nothing that was forgotten', async () => {
    const unknown = as(guardArns.createRole).sagemaker.createPresignedDomainUrl({
      DomainId: 'd',
      UserProfileName: 'u',
    });
    await expect(unknown).rejects.toThrow(/nobody wrote down what IAM asks for sagemaker:CreatePresignedDomainUrl/);
  });
});

describe('a session of a role is denied', () => {
  const denied = (call: Promise<unknown>, name = 'AccessDeniedException') =>
    expect(call).rejects.toMatchObject({ name });
  const creator = () => as(guardArns.createRole);
  const deleter = () => as(guardArns.deleteRole);
  const untagged = pairs.filter(({ Key }) => Key !== 'infersweep:expires-at');

  it('creating what carries no expiry', async () => {
    await denied(createModel(creator(), { Tags: untagged }));
    await denied(createConfig(creator(), { Tags: undefined }));
    await denied(createEndpoint(creator(), { Tags: untagged }));
    await denied(runTask(creator(), { tags: [] }));
    const bare = { TagSpecifications: [{ ResourceType: 'instance' as const, Tags: pairs }] };
    await denied(creator().ec2.runInstances(launch(bare)), 'UnauthorizedOperation');
  });

  it('starting another instance type, or one that tells its credentials to anybody', async () => {
    await denied(createConfig(creator(), { ProductionVariants: [variant('ml.p4d.24xlarge')] }));
    const both = [variant('ml.g4dn.xlarge'), variant('ml.p4d.24xlarge')];
    await denied(createConfig(creator(), { ProductionVariants: both }));
    await denied(createConfig(creator(), { ProductionVariants: [] }));
    await denied(creator().ec2.runInstances(launch({ InstanceType: 'p4d.24xlarge' })), 'UnauthorizedOperation');
    const old = { MetadataOptions: { HttpTokens: 'optional' as const } };
    await denied(creator().ec2.runInstances(launch(old)), 'UnauthorizedOperation');
  });

  it('handing over a role of somebody else, or one of its own to another service', async () => {
    const admin = 'arn:aws:iam::123456789012:role/admin';
    await denied(createModel(creator(), { ExecutionRoleArn: admin }));
    await denied(createModel(creator(), { ExecutionRoleArn: guardArns.deadlineRole }));
  });

  it('arming outside the guard’s group', async () => {
    const c = creator();
    const at = { ...schedule(), GroupName: 'default' };
    await denied(c.scheduler.createSchedule(at));
  });

  it('deleting what it created, and creating what it deletes', async () => {
    for (const call of deleting) await expect(call(creator())).rejects.toThrow(/not authorized/);
    await denied(createModel(deleter()));
    await denied(deadlines(deleter()).arm({ name: 'infersweep-a', expiresAt: inHours(1), tags }));
  });

  it('deleting what carries no run, or is not there', async () => {
    cloud.aws.world.add('endpoint', 'infersweep-bare');
    await denied(deleter().sagemaker.deleteEndpoint({ EndpointName: 'infersweep-bare' }));
    await denied(deleter().sagemaker.deleteEndpoint({ EndpointName: 'infersweep-gone' }));
    cloud.aws.world.add('instance', 'i-bare');
    await denied(deleter().ec2.terminateInstances({ InstanceIds: ['i-1', 'i-bare'] }), 'UnauthorizedOperation');
    expect(cloud.aws.world.find('instance', 'i-1')!.status).toBe('running');
    const gone = deleter().ec2.terminateInstances({ InstanceIds: ['i-gone'] });
    await denied(gone, 'InvalidInstanceID.NotFound');
  });

  it('what no statement names, an object that is not there included', async () => {
    await denied(creator().s3.putObject({ Bucket: dataBucket, Key: 'k', Body: '' }), 'AccessDenied');
    const readOnly = { Effect: 'Allow' as const, Action: ['s3:GetObject'], Resource: ['*'], Condition: {} };
    cloud.aws.enforce({ ...policies, [guardArns.createRole]: [readOnly] });
    await denied(creator().s3.getObject({ Bucket: dataBucket, Key: 'absent' }), 'AccessDenied');
    await denied(cloud.s3.getObject({ Bucket: dataBucket, Key: 'absent' }), 'NoSuchKey');
  });

  it('everything once it has ended', async () => {
    const { config, url, world } = cloud.aws;
    const at = { region: config.region, endpoint: url, credentials: config.credentials, runId: 'r' };
    const roles = { createRoleArn: guardArns.createRole, deleteRoleArn: guardArns.deleteRole };
    const { creating } = roleSessions({ ...at, ...roles });
    const { expiration: _, ...credentials } = await creating.credentials();
    // The SDK renews what it knows to end; this one does not know.
    const stuck = new SageMaker({ ...config, credentials });
    await stuck.listModels({});
    world.advance(3600);
    await denied(stuck.listModels({}), 'ExpiredTokenException');
    await new SageMaker(creating).listModels({});
  });

  function schedule() {
    return {
      Name: 'infersweep-a',
      ScheduleExpression: 'at(2026-01-31T13:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      Target: { Arn: guardArns.reaperFunction, RoleArn: guardArns.deadlineRole },
    };
  }
});

it('takes every statement of the lab, and names each of its references', () => {
  expect(policies[guardArns.createRole]!.length).toBeGreaterThan(ofGuard[guardArns.createRole]!.length);
  const resources = statementsIn(withLab({}, lab)).flatMap(({ statement }) => statement.Resource);
  expect(resources).toEqual(
    expect.arrayContaining([labArns.executionRole, labArns.hostRole, labArns.taskDefinition, labArns.taskRole]),
  );
});
