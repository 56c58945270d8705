import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SchedulerDeadlines } from '../../lib/aws/deadlines.ts';
import type { Deadlines } from '../../lib/core/ports/deadlines.ts';
import { diesWithParent } from '../../lib/local/unbilled.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { functionArn } from '../support/aws/services/lambda.ts';
import type { ScheduleDetail } from '../support/aws/services/scheduler.ts';
import { Firing } from '../support/aws/services/scheduler-firing.ts';
import { account, deadlineGroup } from '../support/aws/world.ts';
import { tagsOfRun } from '../support/reap.ts';

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(() => cloud.close());
beforeEach(() => {
  cloud.aws.world.things.clear();
  cloud.aws.world.deadLetters.length = 0;
});

const reaperArn = functionArn('reaper');
const deadLetterArn = `arn:aws:sqs:us-east-1:${account}:undelivered`;
const roleArn = `arn:aws:iam::${account}:role/deadline`;
const onAws = () =>
  new SchedulerDeadlines({
    scheduler: cloud.scheduler,
    groupName: deadlineGroup,
    reaperArn,
    roleArn,
    deadLetterArn,
  });

const kinds: [string, () => Deadlines][] = [
  ['schedules on AWS', onAws],
  ['processes that die with their parent', () => diesWithParent],
];

/** `seconds` from the world's now. */
function deadline(name: string, seconds: number, run = 'r') {
  const tags = tagsOfRun(run, seconds);
  return { name, expiresAt: new Date(cloud.aws.world.nowMs + seconds * 1000).toISOString(), tags };
}
const schedule = (name: string) => cloud.aws.world.find('schedule', name);
const detail = (name: string) => schedule(name)?.detail as ScheduleDetail | undefined;

describe.each(kinds)('Deadlines as %s', (_name, open) => {
  it('arm twice and disarm twice', async () => {
    const deadlines = open();
    await deadlines.arm(deadline('infersweep-a', 60));
    await deadlines.arm(deadline('infersweep-a', 60));
    await deadlines.disarm('infersweep-a');
    await deadlines.disarm('infersweep-a');
    await deadlines.disarm('infersweep-never-armed');
  });
});

describe('SchedulerDeadlines', () => {
  it('makes a one-shot schedule of the guard that invokes the reaper with the tags and deletes itself', async () => {
    const { tags } = deadline('', 0);
    await onAws().arm({ name: 'infersweep-a', expiresAt: '2026-01-31T14:30:00.250+01:00', tags });
    expect(detail('infersweep-a')).toMatchObject({
      GroupName: deadlineGroup,
      ScheduleExpression: 'at(2026-01-31T13:30:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: reaperArn,
        RoleArn: roleArn,
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        Input: JSON.stringify(tags),
      },
    });
  });

  it('keeps the one that is armed, and moves it only to a later moment', async () => {
    const deadlines = onAws();
    const at = () => detail('infersweep-a')!.ScheduleExpression;
    await deadlines.arm(deadline('infersweep-a', 600));
    const first = at();
    await deadlines.arm(deadline('infersweep-a', 60));
    expect(at()).toBe(first);
    await deadlines.arm(deadline('infersweep-a', 1200));
    expect(at() > first).toBe(true);
    expect(cloud.aws.world.alive()).toHaveLength(1);
  });

  it('takes the longest name of the kit', async () => {
    const name = `infersweep-${'n'.repeat(52)}`;
    await onAws().arm(deadline(name, 60));
    expect(schedule(name)).toBeDefined();
  });

  it('lists those of a run, over all pages, and those whose input is unreadable with their doubt', async () => {
    const deadlines = onAws();
    for (const n of [1, 2, 3]) await deadlines.arm(deadline(`infersweep-${n}`, 60));
    await deadlines.arm(deadline('infersweep-other', 60, 'other'));
    cloud.aws.world.add('schedule', 'infersweep-odd', { input: 'no json' });
    const listed = await deadlines.list('r');
    expect(listed.map(({ name, doubt }) => [name, doubt])).toEqual([
      ['infersweep-1', undefined],
      ['infersweep-2', undefined],
      ['infersweep-3', undefined],
      ['infersweep-odd', 'its input names no infersweep:run'],
    ]);
    expect(listed[0]!.endCommand).toBe(
      `aws scheduler delete-schedule --group-name ${deadlineGroup} --name infersweep-1`,
    );
    await deadlines.destroy('infersweep-1');
    expect(await deadlines.list('r')).toHaveLength(3);
  });

  it('refuses a moment that is none before it asks AWS', async () => {
    await expect(onAws().arm({ name: 'a', expiresAt: 'tomorrow', tags: {} })).rejects.toThrow(/"tomorrow", no moment/);
  });
});

describe('a deadline at its moment', () => {
  it('invokes once, with the tags, at its time and not before, and is gone', async () => {
    const { world } = cloud.aws;
    const events: { event: unknown; atMs: number }[] = [];
    world.functions.set(reaperArn, async (event) => void events.push({ event, atMs: world.nowMs }));
    const armed = deadline('infersweep-a', 600);
    await onAws().arm(armed);
    const firing = new Firing(world);
    await firing.elapse(599);
    expect(events).toEqual([]);
    await firing.elapse(3600);
    expect(events).toEqual([{ event: armed.tags, atMs: Date.parse(armed.expiresAt) }]);
    expect(schedule('infersweep-a')).toBeUndefined();
  });

  it('is delivered again and again, and then to the queue', async () => {
    const { world } = cloud.aws;
    world.functions.delete(reaperArn);
    const armed = deadline('infersweep-a', 60);
    await onAws().arm(armed);
    const firing = new Firing(world);
    await firing.elapse(3600);
    expect(schedule('infersweep-a')).toBeDefined();
    let invoked = 0;
    world.functions.set(reaperArn, async () => void invoked++);
    await firing.elapse(7200);
    expect(invoked).toBe(1);
    world.functions.delete(reaperArn);
    await onAws().arm({ ...armed, expiresAt: new Date(world.nowMs + 60_000).toISOString() });
    await firing.elapse(2 * 86_400);
    expect(world.deadLetters).toEqual([{ queueArn: deadLetterArn, input: JSON.stringify(armed.tags) }]);
    expect(schedule('infersweep-a')).toBeUndefined();
  });
});
