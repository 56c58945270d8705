/** What the loopback AWS says of services that no adapter's own test asks about, through the real SDK clients. */
import { Lambda } from '@aws-sdk/client-lambda';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { SSM } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { functionArn } from '../support/aws/services/lambda.ts';
import { dataBucket } from '../support/aws/services/s3.ts';
import { Firing } from '../support/aws/services/scheduler-firing.ts';
import { deadlineGroup } from '../support/aws/world.ts';

const image = '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id';
let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws({ [image]: 'ami-1', '/infersweep/lab': '{}' });
});
afterAll(() => cloud.close());
beforeEach(() => {
  cloud.aws.world.things.clear();
  cloud.aws.world.mistakes.length = 0;
});

it('SSM gives the parameters that there are, and names the others', async () => {
  const ssm = new SSM(cloud.aws.config);
  expect((await ssm.getParameter({ Name: image })).Parameter).toMatchObject({ Value: 'ami-1' });
  await expect(ssm.getParameter({ Name: '/none' })).rejects.toMatchObject({ name: 'ParameterNotFound' });
  const { Parameters, InvalidParameters } = await ssm.getParameters({ Names: ['/infersweep/lab', '/none'] });
  expect([Parameters!.map(({ Value }) => Value), InvalidParameters]).toEqual([['{}'], ['/none']]);
  const eleven = Array.from({ length: 11 }, (_, i) => `/${i}`);
  await expect(ssm.getParameters({ Names: eleven })).rejects.toMatchObject({ name: 'ValidationException' });
});

describe('Lambda', () => {
  const lambda = () => new Lambda(cloud.aws.config);
  const events: unknown[] = [];
  beforeEach(() => {
    events.length = 0;
    cloud.aws.world.functions.set(functionArn('echo'), async (event) => {
      events.push(event);
      if (event === 'fail') throw new TypeError('as told');
      return { event };
    });
  });

  it('answers what the function answers, and that it failed', async () => {
    const invoke = (event: unknown) => lambda().invoke({ FunctionName: 'echo', Payload: JSON.stringify(event) });
    const good = await invoke({ a: 1 });
    expect(JSON.parse(good.Payload!.transformToString())).toEqual({ event: { a: 1 } });
    expect(good.FunctionError).toBeUndefined();
    const bad = await invoke('fail');
    expect([bad.FunctionError, JSON.parse(bad.Payload!.transformToString())]).toEqual([
      'Unhandled',
      { errorType: 'TypeError', errorMessage: 'as told' },
    ]);
    await expect(lambda().invoke({ FunctionName: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('takes an event, and tries it three times', async () => {
    const { StatusCode } = await lambda().invoke({ FunctionName: 'echo', InvocationType: 'Event', Payload: '"fail"' });
    expect(StatusCode).toBe(202);
    expect(events).toEqual(['fail', 'fail', 'fail']);
    expect(cloud.aws.world.mistakes).toEqual([`${functionArn('echo')} failed three times: as told`]);
  });
});

it('S3 says whether there is an object, and forgets it', async () => {
  const at = { Bucket: dataBucket, Key: 'a/b' };
  await expect(cloud.s3.headObject(at)).rejects.toMatchObject({ name: 'NotFound' });
  await cloud.s3.putObject({ ...at, Body: 'x' });
  await cloud.s3.headObject(at);
  await cloud.s3.deleteObject(at);
  await cloud.s3.deleteObject(at);
  await expect(cloud.s3.getObject(at)).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(cloud.s3.getObject({ ...at, Bucket: 'none' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

describe('Scheduler', () => {
  const schedule = {
    Name: 'one',
    GroupName: deadlineGroup,
    ScheduleExpression: 'at(2026-01-31T13:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: { Arn: functionArn('echo'), RoleArn: 'role', Input: '{}' },
  };
  const api = () => new Scheduler(cloud.aws.config);

  it('takes the same request twice and another of the same name not', async () => {
    await api().createSchedule({ ...schedule, ClientToken: 'token' });
    await api().createSchedule({ ...schedule, ClientToken: 'token' });
    const other = api().createSchedule({ ...schedule, ClientToken: 'other' });
    await expect(other).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it.each([
    ['a zone in the expression', { ScheduleExpression: 'at(2026-01-31T13:00:00Z)' }],
    ['a name too long', { Name: 'n'.repeat(65) }],
    ['a token of other letters', { ClientToken: 'a.b' }],
    ['more tries than there can be', { Target: { ...schedule.Target, RetryPolicy: { MaximumRetryAttempts: 186 } } }],
  ])('refuses %s', async (_name, change) => {
    await expect(api().createSchedule({ ...schedule, ...change })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('fires once what is not deleted afterwards, and what was moved at its new moment', async () => {
    const { world } = cloud.aws;
    let fired: number[] = [];
    world.functions.set(functionArn('echo'), async () => void fired.push(world.nowMs));
    const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;
    const startMs = world.nowMs;
    await api().createSchedule({ ...schedule, ScheduleExpression: at(startMs + 60_000) });
    await api().updateSchedule({ ...schedule, ScheduleExpression: at(startMs + 120_000) });
    const firing = new Firing(world);
    await firing.elapse(300);
    await firing.elapse(300);
    expect(fired).toEqual([startMs + 120_000]);
    expect(await api().getSchedule({ GroupName: deadlineGroup, Name: 'one' })).toMatchObject({ Name: 'one' });
    fired = [];
    await api().deleteSchedule({ GroupName: deadlineGroup, Name: 'one' });
    await firing.elapse(300);
    expect(fired).toEqual([]);
  });
});
