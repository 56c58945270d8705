/** A whole run as `bin/` composes it, under what the synthesised roles of Guard and Lab allow: all of that is used, and it is all that is. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3 } from '@aws-sdk/client-s3';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Store } from '../../lib/aws/object-store.ts';
import { AwsInventory } from '../../lib/aws/reap/aws-inventory.ts';
import { roleSessions } from '../../lib/aws/role-session.ts';
import { billedUsdPerHour } from '../../lib/core/plan/hold.ts';
import { taskUsdPerHour } from '../../lib/core/plan/task-cost.ts';
import { reap } from '../../lib/engine/reap.ts';
import { GuardStack } from '../../lib/stacks/guard-stack.ts';
import { CloudRun, guard as guardSite, lab as labSite } from '../support/aws/cloud-run.ts';
import { requirementsOf } from '../support/aws/iam-enforcement.ts';
import { guardArns, guardPolicies, labArns, withLab } from '../support/aws/iam-guard.ts';
import { statementsIn, withoutStatement } from '../support/aws/iam-statements.ts';
import type { MeterLine } from '../support/aws/meter.ts';
import { allows, type IamRequest } from '../support/iam.ts';
import { kitStacks } from '../support/kit-stacks.ts';
import { emulatedPlan } from '../support/plans.ts';
import { tagsOfRun } from '../support/reap.ts';

const roles = [guardArns.createRole, guardArns.deleteRole];
const guard = new GuardStack(new App(), 'Guard', { instanceTypes: guardSite.instanceTypes });
const policies = withLab(guardPolicies(Template.fromStack(guard)), kitStacks().template.lab);

const plan = emulatedPlan({
  aws: { region: 'us-east-1' },
  model: { source: 'none', inputs: 'inputs.jsonl' },
  targets: [{ sagemaker: { instanceTypes: ['ml.c7i.xlarge'] } }, { ec2: { instanceTypes: ['c7i.xlarge'] } }],
  runtimes: [{ emulated: { fixedMs: 1, perItemMs: 1 } }],
  load: { protocol: 'capacity', users: [1], rounds: 1, confirm: false },
  prices: ['ml.c7i.xlarge', 'c7i.xlarge'].map((instanceType) => ({
    instanceType,
    usdPerHour: 0.2,
    source: 'a test',
    date: '2026-11-01',
  })),
  budget: { usd: 25 },
});

/** What was asked of each role, once each. */
const asked = new Map<string, Map<string, IamRequest>>(roles.map((role) => [role, new Map()]));
const askedOf = (role: string) => [...asked.get(role)!.values()];
let run: CloudRun;
/** Behind every endpoint. */
let container: Server;
/** What AWS would bill, and what the ledger says. */
let bill: { lines: MeterLine[]; spentUsd: number; reservedUsd: number };
let end: Awaited<ReturnType<CloudRun['live']>>;

beforeAll(async () => {
  container = createServer((_request, response) => void response.end('{}'));
  await new Promise<void>((done) => container.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(container.address() as AddressInfo).port}`;
  run = await CloudRun.start(plan, {
    hosting: {
      launcher: async ({ log }) => {
        log('listening');
        return { url, ended: () => false, stop: async () => undefined };
      },
    },
  });
  const { world } = run;
  const launchTemplate = { imageId: 'ami-1', securityGroupIds: ['sg-1'], metadataHttpTokens: 'required' as const };
  world.launchTemplates.set('lt-c7i', { ...launchTemplate, roleArn: labArns.hostRole });
  world.taskDefinitions.set(labArns.taskDefinition, { roleArns: [labArns.taskRole, labArns.taskExecutionRole] });
  run.aws.gates.push(({ service, operation, request }) => {
    const session = world.sessions.get(request.accessKeyId ?? '');
    for (const needed of session ? requirementsOf(service.iam, operation, request, world) : []) {
      asked.get(session!.roleArn)?.set(JSON.stringify(needed), needed);
    }
  });
  run.aws.enforce(policies);
  end = await run.live();
  await run.invariants();
  bill = { lines: run.meter.lines(), ...(await (await run.ports(null)).ledger.balance()) };
  expect(await (await run.ports(null)).targets.ec2!.preflight(plan.deployments)).toMatchObject([
    { target: 'sagemaker' },
  ]);
  await lookAtLogs();
  await makeArtifacts();
  await postponeDeadline();
  await sweepLeaks();
}, 60_000);
afterAll(async () => {
  await run?.close();
  container?.close();
});

const sessions = (runId: string) =>
  roleSessions({
    region: 'us-east-1',
    createRoleArn: guardArns.createRole,
    deleteRoleArn: guardArns.deleteRole,
    runId,
    endpoint: run.aws.url,
  });

/** As for an endpoint that did not start. */
async function lookAtLogs(): Promise<void> {
  const { targets } = await run.ports(null);
  const created = askedOf(guardArns.createRole).find(
    ({ action, resource }) => action === 'sagemaker:CreateEndpoint' && resource.includes(':endpoint/'),
  );
  expect(await targets.sagemaker!.logs(created!.resource.split('/').at(-1)!)).toBe('listening');
}

/** Artifacts are put where hosts read them, and a preparation looks for one. */
async function makeArtifacts(): Promise<void> {
  const { creating } = sessions('prepare');
  const s3 = new S3({ ...creating, forcePathStyle: true });
  const store = new S3Store({ s3, bucketName: 'artifacts', root: '' });
  await store.put('artifacts/a/manifest.json', '{}');
  expect(await store.get('artifacts/a/manifest.json')).toBe('{}');
  expect(await store.get('artifacts/b/manifest.json')).toBeNull();
}

/** Of a deployment that is tried again. */
async function postponeDeadline(): Promise<void> {
  const { deadlines } = await run.ports(null);
  for (const hours of [1, 2]) {
    const expiresAt = new Date(run.world.nowMs + hours * 3_600_000).toISOString();
    await deadlines.arm({ name: 'infersweep-a', expiresAt, tags: tagsOfRun('r', hours * 3600) });
  }
  await deadlines.disarm('infersweep-a');
}

/** `infersweep sweep-leaks --delete`: as the role that deletes. */
async function sweepLeaks(): Promise<void> {
  const { deleting } = sessions('sweep-leaks');
  const clients = {
    sagemaker: new SageMaker(deleting),
    ec2: new EC2(deleting),
    ecs: new ECS(deleting),
    scheduler: new Scheduler(deleting),
    tagging: new ResourceGroupsTaggingAPI(deleting),
  };
  const tags = tagsOfRun('r', -3600);
  for (const kind of ['model', 'endpoint-config'] as const) run.world.add(kind, 'infersweep-late', { tags });
  const variant = {
    VariantName: 'AllTraffic',
    InstanceType: 'ml.c7i.xlarge',
    InitialInstanceCount: 1,
    ModelName: 'infersweep-late',
  };
  const container = { Image: 'image' };
  run.world.add('endpoint', 'infersweep-late', {
    tags,
    detail: { EndpointConfigName: 'infersweep-late', variant, container },
  });
  run.world.add('instance', 'i-late', { tags, detail: { type: 'c7i.xlarge' } });
  run.world.add('task', 't-late', { tags });
  run.world.add('schedule', 'infersweep-late', { input: JSON.stringify(tags) });
  const clock = { nowMs: () => run.world.nowMs, nowIso: () => '' };
  const report = await reap(
    { inventory: new AwsInventory(clients, guardSite.deadlineGroup), clock, wait: run.wait },
    { scope: 'everything', untilMs: clock.nowMs() + 600_000, pauseSeconds: 15, confirmations: 1 },
  );
  expect(report).toMatchObject({ pending: [], failed: [], unknown: [], unlisted: [] });
}

describe('under the rights of its roles', () => {
  it('a run deploys on SageMaker and EC2, loads both, keeps its books and tears down, without a denial', async () => {
    // S3 asks for it where a key is absent, to say so; without, it says "forbidden", and a listing tells.
    expect(run.world.denials.filter(({ action }) => action !== 's3:ListBucket')).toEqual([]);
    expect(end).toMatchObject({ state: 'done', alive: [], unlisted: [] });
    const trials = await run.trials();
    expect(trials.map(({ outcome }) => outcome)).toEqual(['valid', 'valid']);
    const created = askedOf(guardArns.createRole).map(({ action }) => action);
    expect(created).toEqual(expect.arrayContaining(['sagemaker:CreateEndpoint', 'ec2:RunInstances', 'ecs:RunTask']));
  });

  it('its ledger says what the meter bills: instance, volume and address of a host, and a task’s own', () => {
    const of = (...kinds: string[]) => bill.lines.filter(({ kind }) => kinds.includes(kind));
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const host = sum(of('instance', 'volume').map(({ usdPerHour }) => usdPerHour));
    expect(host).toBeCloseTo(billedUsdPerHour('ec2', 0.2, 'us-east-1')!, 9);
    const tasks = of('task');
    const perTask = taskUsdPerHour(labSite.loadTask, 'us-east-1');
    for (const { usdPerHour } of tasks) expect(usdPerHour).toBeCloseTo(perTask, 9);
    // Tasks end within the minute that is billed at least; the ledger knows when, the meter waits for a listing.
    const billed = sum(of('endpoint', 'instance', 'volume').map(({ usd }) => usd)) + (tasks.length * perTask) / 60;
    expect(tasks.length).toBeGreaterThan(1);
    expect(bill.reservedUsd).toBe(0);
    expect(bill.spentUsd / billed).toBeCloseTo(1, 3);
  });

  const statements = statementsIn(policies).filter(({ roleArn }) => roles.includes(roleArn));

  it.each(statements)('a run needs $name ($roleArn)', ({ roleArn, name }) => {
    const left = withoutStatement(policies, roleArn, name)[roleArn]!;
    const allowed = askedOf(roleArn).filter((request) => allows(policies[roleArn]!, request));
    expect(allowed.some((request) => !allows(left, request))).toBe(true);
  });

  it.each(roles)('of what %s may do all is asked for', (roleArn) => {
    const granted = new Set(policies[roleArn]!.flatMap(({ Action }) => Action));
    const used = new Set(askedOf(roleArn).map(({ action }) => action));
    expect([...granted].filter((action) => !used.has(action))).toEqual([]);
  });
});
