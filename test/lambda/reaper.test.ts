/** The reaper's Lambda: against AWS on the loopback interface, with a clock that jumps; then the bundle as it is deployed. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reaper } from '../../lambda/reaper/handler.ts';
import type { StackEvent } from '../../lib/aws/stack-event.ts';
import { GuardStack } from '../../lib/stacks/guard-stack.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { deadlineGroup } from '../support/aws/world.ts';
import { statementsOfRole } from '../support/iam.ts';
import { tagsOfRun } from '../support/reap.ts';

const root = join(import.meta.dirname, '..', '..');
const FUNCTION_SECONDS = 900;

let aws: LoopbackAws;
let environment: Record<string, string>;
let logged: string[];

beforeEach(async () => {
  aws = await LoopbackAws.start();
  environment = { ...aws.environment, DEADLINE_GROUP: deadlineGroup, METRIC_NAMESPACE: 'Infersweep', GUARD: 'g' };
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
  logged = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(line));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await aws.close();
});

async function invoke(event: unknown) {
  const { world } = aws;
  const startMs = world.nowMs;
  const handler = reaper({
    clock: { nowMs: () => world.nowMs, nowIso: () => new Date(world.nowMs).toISOString() },
    wait: async (seconds) => world.advance(seconds),
  });
  const report = await handler(event, {
    getRemainingTimeInMillis: () => FUNCTION_SECONDS * 1000 - (world.nowMs - startMs),
  });
  return { report, seconds: (world.nowMs - startMs) / 1000 };
}

const stackEvent = (RequestType: StackEvent['RequestType']): StackEvent => ({
  RequestType,
  ResponseURL: aws.responseUrl,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'DeletionGate',
  ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'DeletionGate' }),
});

const metric = (name: string) => aws.world.metrics.filter((m) => m.name === name).map(({ value }) => value);

function addDeployment(name: string, tags: Record<string, string>) {
  aws.world.add('model', `infersweep-${name}`, { tags });
  aws.world.add('endpoint-config', `infersweep-${name}`, { tags });
  return aws.world.add('endpoint', `infersweep-${name}`, { tags });
}

describe('a pass', () => {
  it('ends what expired, leaves what did not, and publishes', async () => {
    addDeployment('old', tagsOfRun('old', 60));
    addDeployment('young', tagsOfRun('young', -600));
    const tags = tagsOfRun('old', 60);
    aws.world.add('instance', 'i-old', { tags });
    aws.world.add('task', 't-old', { tags });
    aws.world.add('schedule', 'deadline-old', { input: JSON.stringify(tags) });
    const { report } = await invoke({});
    expect(report!.deleted).toHaveLength(6);
    expect(aws.world.alive().every((arn) => arn.includes('young'))).toBe(true);
    expect(aws.world.alive()).toHaveLength(3);
    expect(aws.world.mistakes).toEqual([]);
    expect(aws.world.metrics).toEqual([
      { namespace: 'Infersweep', name: 'Leaked', value: 0, dimensions: { Guard: 'g' } },
      { namespace: 'Infersweep', name: 'Pending', value: 0, dimensions: { Guard: 'g' } },
    ]);
    expect(JSON.parse(logged[0]!)).toMatchObject({ scope: 'expired', leaked: 0, deleted: { length: 6 } });
  });

  it('is the same at a deadline, whose input is the tags of its run', async () => {
    addDeployment('old', tagsOfRun('old', 60));
    await invoke(tagsOfRun('other', 0));
    expect(aws.world.alive()).toEqual([]);
  });

  it('ends one run at once when it is told to, and no other', async () => {
    addDeployment('mine', tagsOfRun('mine', -600));
    addDeployment('other', tagsOfRun('other', 600));
    await invoke({ forceRun: 'mine' });
    expect(aws.world.alive().every((arn) => arn.endsWith('other'))).toBe(true);
    expect(aws.world.alive()).toHaveLength(3);
  });

  it('goes on where the last one stopped, while an endpoint is Creating for hours', async () => {
    const endpoint = addDeployment('stuck', tagsOfRun('stuck', 60));
    endpoint.status = 'Creating';
    endpoint.becomes = { status: 'InService', atMs: aws.world.nowMs + 2 * 3_600_000 };
    for (let n = 0; n < 12; n++) {
      const { seconds } = await invoke({});
      aws.world.advance(900 - seconds);
    }
    expect(aws.world.alive()).toEqual([]);
    expect(aws.world.mistakes).toEqual([]);
    // Nobody is woken in the first hour; then somebody is, until it is gone.
    const leaks = metric('Leaked');
    expect([leaks[0], leaks.at(-1), Math.max(...leaks)]).toEqual([0, 0, 1]);
    expect(metric('Pending')[0]).toBe(3);
  });

  it('names what it may not delete, and counts it', async () => {
    for (const name of ['a', 'b', 'c']) aws.world.add('instance', `i-${name}`, { tags: tagsOfRun('r', 60) });
    aws.world.faults.push({
      call: 'ec2:TerminateInstances',
      about: 'i-b',
      code: 'UnauthorizedOperation',
      message: 'no',
    });
    const { report } = await invoke({});
    expect(report!.failed).toEqual([
      expect.objectContaining({ arn: expect.stringMatching(/instance\/i-b$/), why: 'UnauthorizedOperation: no' }),
    ]);
    expect(aws.world.alive()).toHaveLength(1);
    expect(metric('Leaked')).toEqual([1]);
  });

  it('survives throttling', async () => {
    addDeployment('old', tagsOfRun('old', 60));
    for (const call of ['sagemaker:ListEndpoints', 'sagemaker:DeleteEndpoint']) {
      aws.world.faults.push({ call, code: 'ThrottlingException', message: 'Rate exceeded', times: 2 });
    }
    await invoke({});
    expect(aws.world.alive()).toEqual([]);
    expect(metric('Leaked')).toEqual([0]);
  });

  it('fails loudly, without a metric, when it cannot publish', async () => {
    aws.world.faults.push({ call: 'cloudwatch:PutMetricData', code: 'AccessDenied', message: 'no' });
    await expect(invoke({})).rejects.toThrow('no');
    expect(aws.world.metrics).toEqual([]);
  });
});

it('makes every call that its role allows, and no other', async () => {
  const stack = new GuardStack(new App(), 'Guard', { instanceTypes: ['ml.g4dn.xlarge'] });
  const allowed = statementsOfRole(Template.fromStack(stack), 'ReaperRole').flatMap(({ Action }) => Action);
  const tags = tagsOfRun('old', 60);
  addDeployment('old', tags);
  // Found by tag alone, so that they have to be described.
  for (const kind of ['endpoint', 'endpoint-config', 'model'] as const) aws.world.add(kind, 'renamed', { tags });
  aws.world.add('instance', 'i-old', { tags });
  aws.world.add('task', 't-old', { tags });
  aws.world.add('schedule', 'deadline-old', { input: JSON.stringify(tags) });
  await invoke({});
  expect(aws.world.alive()).toEqual([]);
  const made = [...new Set(aws.world.calls)].sort();
  expect(made).toEqual(allowed.filter((action) => !action.startsWith('logs:')).sort());
});

describe('the stack', () => {
  it.each(['Create', 'Update'] as const)('%s touches nothing and is answered', async (type) => {
    addDeployment('old', tagsOfRun('old', 60));
    await invoke(stackEvent(type));
    expect(aws.world.calls).toEqual([]);
    expect(aws.stackAnswers).toEqual([
      {
        // The URL is signed for none.
        contentType: expect.toSatisfy((type) => !type),
        body: {
          Status: 'SUCCESS',
          Reason: 'nothing to do',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'DeletionGate',
          PhysicalResourceId: 'DeletionGate',
        },
      },
    ]);
  });

  it('goes only after everything tagged is gone, expired or not', async () => {
    const endpoint = addDeployment('mid-sweep', tagsOfRun('r', -3600));
    endpoint.status = 'Creating';
    endpoint.becomes = { status: 'InService', atMs: aws.world.nowMs + 240_000 };
    const { seconds } = await invoke(stackEvent('Delete'));
    expect(aws.stackAnswers[0]!.body['Status']).toBe('SUCCESS');
    expect(aws.world.alive()).toEqual([]);
    expect(seconds).toBeGreaterThan(240);
  });

  it('looks twice: what was created a second ago is in no listing yet', async () => {
    const visibleFromMs = aws.world.nowMs + 1000;
    aws.world.add('instance', 'i-new', { tags: tagsOfRun('r', -3600), visibleFromMs });
    await invoke(stackEvent('Delete'));
    expect(aws.world.alive()).toEqual([]);
    expect(aws.stackAnswers[0]!.body['Status']).toBe('SUCCESS');
  });

  it('stays when something does not go in time, and is told what', async () => {
    const endpoint = addDeployment('stuck', tagsOfRun('r', -3600));
    endpoint.status = 'Creating';
    const { seconds } = await invoke(stackEvent('Delete'));
    expect(seconds).toBeLessThan(FUNCTION_SECONDS);
    const { Status, Reason } = aws.stackAnswers[0]!.body;
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(/^still alive, delete the stack again: arn:.*endpoint\/infersweep-stuck \(Creating/);
    expect(aws.world.alive()).toHaveLength(3);
  });

  it.each([
    ['has lost its tags', () => aws.world.add('endpoint', 'infersweep-lost'), /its tags were lost/],
    [
      'cannot be listed',
      () => aws.world.faults.push({ call: 'ecs:ListClusters', code: 'AccessDeniedException', message: 'no' }),
      /ecs:ListTasks failed: AccessDeniedException/,
    ],
  ])('stays when something %s', async (_, prepare, reason) => {
    prepare();
    await invoke(stackEvent('Delete'));
    expect(aws.stackAnswers[0]!.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
  });

  it('is answered even when the reaper itself fails, in a size that CloudFormation takes', async () => {
    aws.world.faults.push({ call: 'cloudwatch:PutMetricData', code: 'AccessDenied', message: 'x'.repeat(9000) });
    await invoke(stackEvent('Delete'));
    const { body } = aws.stackAnswers[0]!;
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/the reaper failed: AccessDenied/) });
    expect(JSON.stringify(body).length).toBeLessThan(4096);
  });
});

describe('the bundle', () => {
  it('runs as it is deployed, on this Node', async () => {
    await promisify(execFile)(process.execPath, [join(root, 'lambda', 'bundle.mjs')], { timeout: 60_000 });
    const file = join(root, 'dist', 'lambda-bundles', 'reaper', 'index.mjs');
    // By the real clock, however old this test gets.
    const expired = addDeployment('old', tagsOfRun('old', 10 * 365 * 86_400));
    // Time for one round only, so that nothing waits in real seconds.
    const program = `const { handler } = await import(${JSON.stringify(file)});
      console.log(JSON.stringify(await handler({}, { getRemainingTimeInMillis: () => 120_000 })));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, ...environment },
      timeout: 60_000,
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!).pending).toContainEqual(
      expect.objectContaining({ arn: expired.arn, why: 'deletion asked for, still listed' }),
    );
    expect(aws.world.find('endpoint', expired.name)!.status).toBe('Deleting');
  });
});
