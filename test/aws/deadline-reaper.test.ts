/** Nobody is left but the deadline: it fires, invokes the reaper's handler as its role, and everything of the run goes. */
import { Scheduler } from '@aws-sdk/client-scheduler';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SchedulerDeadlines } from '../../lib/aws/deadlines.ts';
import { roleSessions } from '../../lib/aws/role-session.ts';
import { twoPrincipals } from '../../lib/aws/role-session-clients.ts';
import { runTags } from '../../lib/core/plan/tags.ts';
import { GuardStack } from '../../lib/stacks/guard-stack.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { mayDo } from '../support/aws/iam-enforcement.ts';
import { guardArns, guardPolicies } from '../support/aws/iam-guard.ts';
import { withoutStatement } from '../support/aws/iam-statements.ts';
import { reaperFunction } from '../support/aws/reaper-function.ts';
import { Firing } from '../support/aws/services/scheduler-firing.ts';
import { deadlineGroup } from '../support/aws/world.ts';

const instanceTypes = ['ml.g4dn.xlarge', 'c7g.4xlarge'];
const policies = guardPolicies(Template.fromStack(new GuardStack(new App(), 'Guard', { instanceTypes })));

let cloud: FullAws;
beforeEach(async () => {
  cloud = await startFullAws();
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cloud.close();
});

async function armAndLeave(minutes: number): Promise<SchedulerDeadlines> {
  const { aws } = cloud;
  const expiresAt = new Date(aws.world.nowMs + minutes * 60_000).toISOString().replace('.000', '');
  const tags = runTags({ runId: 'r', expiresAt, experiment: 'e', deployment: 'infersweep-d' });
  const { creating, deleting } = roleSessions({
    region: aws.config.region,
    endpoint: aws.url,
    credentials: aws.config.credentials,
    createRoleArn: guardArns.createRole,
    deleteRoleArn: guardArns.deleteRole,
    runId: 'r',
  });
  const deadlines = new SchedulerDeadlines({
    scheduler: twoPrincipals(new Scheduler(creating), new Scheduler(deleting)),
    groupName: deadlineGroup,
    reaperArn: guardArns.reaperFunction,
    roleArn: guardArns.deadlineRole,
    deadLetterArn: guardArns.deadLetterQueue,
  });
  await deadlines.arm({ name: 'infersweep-d', expiresAt, tags });
  for (const kind of ['model', 'endpoint-config', 'endpoint'] as const) aws.world.add(kind, 'infersweep-d', { tags });
  aws.world.add('instance', 'i-1', { tags });
  aws.world.add('task', 'infersweep-load', { tags });
  return deadlines;
}

it('ends everything of a run whose controller is gone, at its expiry, and lets it live until then', async () => {
  const { world } = cloud.aws;
  cloud.aws.enforce(policies);
  world.functions.set(guardArns.reaperFunction, reaperFunction(cloud.aws));
  const deadlines = await armAndLeave(60);
  const firing = new Firing(world, mayDo(world, policies));
  await firing.elapse(59 * 60);
  expect(world.alive()).toHaveLength(6);
  await firing.elapse(600);
  expect(world.alive()).toEqual([]);
  expect(await deadlines.list('r')).toEqual([]);
  expect([world.denials, world.mistakes, world.deadLetters]).toEqual([[], [], []]);
});

it('is armed by one principal and disarmed by another', async () => {
  const { world } = cloud.aws;
  cloud.aws.enforce(policies);
  const deadlines = await armAndLeave(60);
  expect(await deadlines.list('r')).toHaveLength(1);
  await deadlines.disarm('infersweep-d');
  expect(await deadlines.list('r')).toEqual([]);
  expect(world.denials).toEqual([]);
  const roles = [...world.sessions.values()].map(({ roleArn }) => roleArn);
  expect(new Set(roles)).toEqual(new Set([guardArns.createRole, guardArns.deleteRole]));
});

it('is heard in the queue when its role may not invoke, and nothing went', async () => {
  const { world } = cloud.aws;
  const without = withoutStatement(policies, guardArns.deadlineRole, 'lambda:InvokeFunction on guard-reaper');
  cloud.aws.enforce(without);
  world.functions.set(guardArns.reaperFunction, reaperFunction(cloud.aws));
  await armAndLeave(60);
  await new Firing(world, mayDo(world, without)).elapse(2 * 86_400);
  expect(world.deadLetters).toHaveLength(1);
  expect(world.find('endpoint', 'infersweep-d')).toBeDefined();
});
