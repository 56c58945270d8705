/**
 * A run whose controller is a task: the process of the task signs with its role, whose statements are those that the lab
 * synthesises, and so do Guard's roles that it takes on. Each of them is needed, and who may not start it cannot.
 */
import { ECS, type RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuardStack } from '../../lib/stacks/guard-stack.ts';
import { CliRun } from '../support/aws/cli-run.ts';
import { cloudExperiment, cloudPlan } from '../support/aws/cloud-plan.ts';
import { guard as guardSite, lab as labSite } from '../support/aws/cloud-run.ts';
import { ControllerLauncher } from '../support/aws/controller-launcher.ts';
import { BRIEF } from '../support/aws/fault-rows.ts';
import { type Policies, requirementsOf } from '../support/aws/iam-enforcement.ts';
import { guardArns, guardPolicies, labArns, ofLabRole, withLab } from '../support/aws/iam-guard.ts';
import { nameOf, withoutStatement } from '../support/aws/iam-statements.ts';
import { account } from '../support/aws/world.ts';
import type { Ended } from '../support/cli.ts';
import { allows, type IamRequest } from '../support/iam.ts';
import { kitStacks } from '../support/kit-stacks.ts';
import { tagsOfRun } from '../support/reap.ts';

const starter = `arn:aws:iam::${account}:role/starter`;
const guard = new GuardStack(new App(), 'Guard', { instanceTypes: guardSite.instanceTypes });
const lab = kitStacks({
  added: (stack) => {
    const role = new Role(stack, 'Starter', { assumedBy: new AccountRootPrincipal() });
    stack.controller!.grantStart(role);
  },
}).template.lab;
const policies: Policies = {
  ...withLab(guardPolicies(Template.fromStack(guard)), lab),
  [starter]: ofLabRole(lab, 'Starter'),
};

/** What was asked of the controller's own role, once each. */
const asked = new Map<string, IamRequest>();
let cli: CliRun;
let controllers: ControllerLauncher;
let ended: Ended;
beforeAll(async () => {
  controllers = new ControllerLauncher(() => {
    const { accessKeyId } = cli.cloud.aws.configOf(labArns.controllerRole).credentials;
    return { ...cli.taskEnvironment, AWS_ACCESS_KEY_ID: accessKeyId };
  });
  const experiment = {
    schema: 'infersweep.experiment.v1',
    name: 'canonical',
    slo: { percentile: 95, latencyMs: 50 },
    ...cloudExperiment(),
  };
  cli = await CliRun.start(experiment, cloudPlan({ name: 'canonical' }), {
    ...BRIEF,
    controller: controllers,
    wait: async (cloud, seconds) => {
      if (controllers.alive > 0) await new Promise((done) => setTimeout(done, 100));
      else await cloud.wait(seconds);
    },
  });
  const { aws, world } = cli.cloud;
  world.taskDefinitions.set(labArns.taskDefinition, { roleArns: [labArns.taskRole, labArns.taskExecutionRole] });
  world.taskDefinitions.set(labArns.controllerDefinition, {
    roleArns: [labArns.controllerRole, labArns.taskExecutionRole],
  });
  aws.gates.push(({ service, operation, request }) => {
    if (world.sessions.get(request.accessKeyId ?? '')?.roleArn !== labArns.controllerRole) return;
    for (const needed of requirementsOf(service.iam, operation, request, world)) {
      asked.set(JSON.stringify(needed), needed);
    }
  });
  aws.enforce(policies);
  ended = await cli.kit(['run', 'experiment.yaml', '--on', 'aws', '--carrier', 'fargate', '--json']);
}, 300_000);
afterAll(async () => {
  controllers?.kill();
  await cli?.close();
});

describe('the controller’s role', () => {
  it('is all that a whole run takes, with the roles that it takes on', async () => {
    expect(ended.code, `${ended.stderr}\n${controllers.said.join('\n')}`).toBe(0);
    // S3 asks for it where a key is absent, to say so; without, it says "forbidden", and a listing tells.
    expect(cli.cloud.world.denials.filter(({ action }) => action !== 's3:ListBucket')).toEqual([]);
    await cli.cloud.invariants();
  });

  it.each(policies[labArns.controllerRole]!.map(nameOf))('is asked for %s, and would not do without', (name) => {
    const own = policies[labArns.controllerRole]!;
    const left = withoutStatement(policies, labArns.controllerRole, name)[labArns.controllerRole]!;
    const allowed = [...asked.values()].filter((request) => allows(own, request));
    expect(allowed.some((request) => !allows(left, request))).toBe(true);
  });

  it('is asked for nothing else', () => {
    expect([...new Set([...asked.values()].map(({ action }) => action))].sort()).toEqual([
      'ssm:GetParameters',
      'sts:AssumeRole',
    ]);
  });
});

describe('a controller', () => {
  const { cluster, assignPublicIp } = labSite.loadTask;
  const { definition, securityGroup } = labSite.controllerTask!;
  const request = (o: Partial<RunTaskCommandInput> = {}): RunTaskCommandInput => ({
    cluster,
    taskDefinition: definition,
    launchType: 'FARGATE',
    startedBy: 'infersweep-controller-x',
    // Held in the ledger of no run: that is another test's.
    tags: Object.entries(tagsOfRun('r', 3600)).map(([key, value]) => ({ key, value })),
    overrides: { containerOverrides: [{ name: 'controller', command: ['r', '1'] }] },
    networkConfiguration: {
      awsvpcConfiguration: { subnets: ['subnet-a'], securityGroups: [securityGroup], assignPublicIp },
    },
    ...o,
  });
  const startAs = (roleArn: string, o: Partial<RunTaskCommandInput> = {}) =>
    new ECS(cli.cloud.aws.configOf(roleArn)).runTask(request(o));

  it('is started by whoever was granted it', async () => {
    expect((await startAs(starter)).tasks).toHaveLength(1);
  });

  it.each<[string, string, Partial<RunTaskCommandInput>]>([
    ['without the tags of a run', starter, { tags: [] }],
    ['in another cluster', starter, { cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/other' }],
    ['by Guard’s role that creates', guardArns.createRole, {}],
    ['by Guard’s role that deletes', guardArns.deleteRole, {}],
    ['by another controller', labArns.controllerRole, {}],
  ])('is not started %s', async (_, roleArn, o) => {
    await expect(startAs(roleArn, o)).rejects.toThrow(/not authorized to perform: (ecs:RunTask|iam:PassRole)/);
  });
});
