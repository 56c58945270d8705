/** The adapters through the real SDK clients, against AWS on the loopback interface. */
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsInventory } from '../../lib/aws/reap/aws-inventory.ts';
import type { CloudResource } from '../../lib/core/ports/inventory.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { deadlineGroup, type ThingKind } from '../support/aws/world.ts';
import { tagsOfRun } from '../support/reap.ts';

let aws: LoopbackAws;
let inventory: AwsInventory;

beforeEach(async () => {
  aws = await LoopbackAws.start();
  const { config } = aws;
  const clients = {
    sagemaker: new SageMaker(config),
    ec2: new EC2(config),
    ecs: new ECS(config),
    scheduler: new Scheduler(config),
    tagging: new ResourceGroupsTaggingAPI(config),
  };
  inventory = new AwsInventory(clients, deadlineGroup);
});
afterEach(() => aws.close());

const tags = tagsOfRun('r', 60);
const add = (kind: ThingKind, name: string, o = {}) => aws.world.add(kind, name, { tags, ...o });

async function listed(): Promise<CloudResource[]> {
  const { resources, failures } = await inventory.list();
  expect(failures).toEqual([]);
  return resources;
}

describe('AwsInventory lists', () => {
  it('every kind, over all pages, with tags read from the resource', async () => {
    const input = JSON.stringify(tags);
    for (const n of [1, 2, 3, 4, 5]) {
      for (const kind of ['endpoint', 'endpoint-config', 'model'] as const) add(kind, `infersweep-${kind}-${n}`);
      add('instance', `i-${n}`);
      add('task', `t-${n}`);
      add('schedule', `s-${n}`, { tags: {}, input });
    }
    const resources = await listed();
    expect(resources.map(({ arn }) => arn).sort()).toEqual(aws.world.alive().sort());
    expect(resources).toHaveLength(30);
    for (const resource of resources) expect(resource).toMatchObject({ tags, tagsError: null, state: 'live' });
  });

  it('what lost its tags, by name, and nothing of anybody else', async () => {
    aws.world.add('endpoint', 'infersweep-lost');
    aws.world.add('instance', 'i-lost', { tags: { Name: 'infersweep-lost' } });
    aws.world.add('task', 'infersweep-lost');
    aws.world.add('endpoint', 'production');
    aws.world.add('endpoint', 'my-infersweep-copy');
    aws.world.add('instance', 'i-theirs', { tags: { Name: 'web' } });
    aws.world.add('task', 'ecs-svc/1');
    const resources = await listed();
    expect(resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'endpoint infersweep-lost',
      'instance infersweep-lost',
      'task infersweep-lost',
    ]);
    for (const resource of resources) expect(resource.tags).not.toHaveProperty('infersweep:run');
  });

  it('what is tagged but not named by the kit, with its state, and drops what the tagging API remembers too long', async () => {
    add('endpoint', 'renamed', { status: 'Updating' });
    add('instance', 'i-over', { status: 'terminated' });
    const resources = await listed();
    expect(resources).toEqual([expect.objectContaining({ kind: 'endpoint', name: 'renamed', state: 'busy' })]);
  });

  it('kinds that it cannot end as what they are', async () => {
    add('volume', 'vol-1');
    expect(await listed()).toEqual([expect.objectContaining({ kind: 'other', name: 'vol-1', tags })]);
  });

  it.each([
    ['endpoint', 'InService', 'live'],
    ['endpoint', 'Failed', 'live'],
    ['endpoint', 'OutOfService', 'live'],
    ['endpoint', 'Creating', 'busy'],
    ['endpoint', 'Updating', 'busy'],
    ['endpoint', 'SystemUpdating', 'busy'],
    ['endpoint', 'RollingBack', 'busy'],
    ['endpoint', 'Deleting', 'ending'],
    ['instance', 'stopped', 'live'],
    ['instance', 'pending', 'live'],
    ['instance', 'shutting-down', 'ending'],
    ['task', 'PENDING', 'live'],
    ['task', 'DEACTIVATING', 'ending'],
  ] as const)('%s %s as %s', async (kind, status, state) => {
    add(kind, `infersweep-${kind}`, { status });
    expect(await listed()).toEqual([expect.objectContaining({ kind, status, state })]);
  });

  it.each([
    ['instance', 'terminated'],
    ['task', 'STOPPED'],
  ] as const)('no %s that is %s', async (kind, status) => {
    add(kind, `infersweep-${kind}`, { status });
    expect(await listed()).toEqual([]);
  });

  it('tags that cannot be read as unknown, not as none', async () => {
    add('endpoint', 'infersweep-secret');
    add('endpoint', 'infersweep-open');
    aws.world.faults.push({
      call: 'sagemaker:ListTags',
      about: 'infersweep-secret',
      code: 'AccessDeniedException',
      message: 'no',
    });
    const [secret, open] = await listed();
    expect(secret).toMatchObject({ tags: null, tagsError: 'AccessDeniedException: no' });
    expect(open).toMatchObject({ tags });
  });

  it('drops what ended between the listing and the reading of its tags', async () => {
    add('endpoint', 'infersweep-fast');
    const message = 'Could not find resource "x".';
    aws.world.faults.push({ call: 'sagemaker:ListTags', code: 'ValidationException', message });
    expect(await listed()).toEqual([]);
  });

  it('a deadline whose input names no run as unreadable', async () => {
    aws.world.add('schedule', 'odd', { input: '{}' });
    aws.world.add('schedule', 'empty');
    for (const found of await listed()) expect(found).toMatchObject({ kind: 'schedule', tags: null });
  });

  it.each([
    ['sagemaker:ListEndpoints', ['endpoint']],
    ['ec2:DescribeInstances', ['instance']],
    ['ecs:ListTasks', ['task']],
    ['scheduler:ListSchedules', ['schedule']],
    ['tag:GetResources', ['endpoint', 'endpoint-config', 'model', 'instance', 'task', 'schedule', 'other']],
  ])('the rest when %s is denied, and says what that hides', async (call, kinds) => {
    add('endpoint', 'infersweep-e');
    add('model', 'infersweep-m');
    aws.world.faults.push({ call, code: 'AccessDeniedException', message: 'not you' });
    const { resources, failures } = await inventory.list();
    expect(failures).toEqual([{ source: call, kinds, error: 'AccessDeniedException: not you' }]);
    expect(resources.map(({ kind }) => kind)).toContain('model');
  });
});

describe('AwsInventory ends', () => {
  it.each(['endpoint', 'endpoint-config', 'model', 'instance', 'task', 'schedule'] as const)(
    'a %s, once and again',
    async (kind) => {
      add(kind, `infersweep-${kind}`, { input: JSON.stringify(tags) });
      const [resource] = await listed();
      expect(await inventory.delete(resource!)).toBe('accepted');
      aws.world.advance(120);
      expect(aws.world.alive()).toEqual([]);
      aws.world.things.clear();
      expect(await inventory.delete(resource!)).toBe('gone');
    },
  );

  it('no endpoint that turned busy since it was listed', async () => {
    const thing = add('endpoint', 'infersweep-e');
    const [resource] = await listed();
    thing.status = 'Updating';
    expect(await inventory.delete(resource!)).toBe('busy');
  });

  it.each([
    ['endpoint', 'sagemaker:DeleteEndpoint', 'ValidationException', '1 validation error detected'],
    ['endpoint', 'sagemaker:DeleteEndpoint', 'ValidationException', 'Member must satisfy: Could not find'],
    ['endpoint', 'sagemaker:DeleteEndpoint', 'ThrottlingException', 'Rate exceeded'],
    ['instance', 'ec2:TerminateInstances', 'UnauthorizedOperation', 'You are not authorized'],
    ['task', 'ecs:StopTask', 'InvalidParameterException', 'reason is too long'],
    ['schedule', 'scheduler:DeleteSchedule', 'ConflictException', 'being modified'],
  ] as const)('no %s when %s says %s: %s', async (kind, call, code, message) => {
    add(kind, `infersweep-${kind}`, { input: JSON.stringify(tags) });
    aws.world.faults.push({ call, code, message });
    const [resource] = await listed();
    await expect(inventory.delete(resource!)).rejects.toThrow(message);
    expect(aws.world.alive()).toHaveLength(1);
  });

  it('nothing that it has no call for', async () => {
    add('volume', 'vol-1');
    const [volume] = await listed();
    await expect(inventory.delete(volume!)).rejects.toThrow(/no way to delete arn:aws:ec2/);
  });
});
