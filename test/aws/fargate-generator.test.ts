import { afterEach, describe, expect, it } from 'vitest';
import type { FargateGeneratorOptions } from '../../lib/aws/fargate-generator.ts';
import type { LoadJob } from '../../lib/core/load/job.ts';
import type { LoadState } from '../../lib/core/ports/load-generator.ts';
import { BucketStore } from '../support/aws/bucket-store.ts';
import { EcsLab } from '../support/aws/ecs-lab.ts';
import { detailOf, type EcsCloudOptions } from '../support/aws/services/ecs-cloud.ts';
import { scriptedTasks } from '../support/aws/task-launcher.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';

let lab: EcsLab;
afterEach(() => lab.aws.close());

type Script = Parameters<typeof scriptedTasks>[1];
const result = { schema: 'infersweep.load-result.v1', id: 'j', segments: [] };
async function labWith(script: Script = () => ({ seconds: 60, result }), o: Partial<EcsCloudOptions> = {}) {
  const bucket = new BucketStore();
  lab = await EcsLab.start({ launcher: scriptedTasks(bucket, script), ...o }, bucket);
  return lab.generator();
}
const job = (id = 'j'): LoadJob => jobOf('http://127.0.0.1:1', [segmentOf({ kind: 'closed', users: 1 }, 60)], { id });
const tasks = () => [...lab.aws.world.things.values()].filter((t) => t.kind === 'task');
const runs = () => lab.aws.world.calls.filter((call) => call === 'ecs:RunTask').length;

function pass(seconds: number) {
  for (let s = 0; s < seconds; s += 5) {
    lab.aws.world.advance(5);
    lab.aws.world.alive();
  }
}

/** A new controller at every look. */
async function settled(handle: string, change: Partial<FargateGeneratorOptions> = {}): Promise<LoadState> {
  for (let looks = 0; looks < 60; looks++) {
    const state = await lab.generator('run-1', change).check(handle);
    if (state.state !== 'running') return state;
    pass(10);
  }
  throw new Error('still running');
}

describe('a job on Fargate', () => {
  it('is a task with the tags of what it loads, in the call that makes it', async () => {
    const generator = await labWith();
    const handle = await generator.start(job(), lab.tags());
    expect(tasks()[0]!.tags).toMatchObject({ 'infersweep:run': 'run-1', 'infersweep:deployment': 'd' });
    expect(detailOf(tasks()[0]!)).toMatchObject({ startedBy: handle, command: [`run-1/${handle}/0`, '0'] });
    expect(JSON.parse(lab.bucket.objects.get(`load/run-1/${handle}/0/job.json`)!.toString())).toMatchObject({
      id: 'j',
    });
  });

  it('is done only when its task has stopped, though the result is there before', async () => {
    const generator = await labWith(undefined, { deprovisioningSeconds: 40 });
    const handle = await generator.start(job(), lab.tags());
    pass(90);
    expect(lab.bucket.objects.has(`load/run-1/${handle}/0/result.json`)).toBe(true);
    expect(tasks()[0]!.status).toBe('DEPROVISIONING');
    expect(await generator.check(handle)).toMatchObject({ state: 'running' });
    expect(await settled(handle)).toMatchObject({ state: 'done', resultKey: `load/${handle}.json` });
    expect(await lab.generator().list('run-1')).toEqual([]);
    expect(JSON.parse((await lab.runStore('run-1').get(`load/${handle}.json`))!)).toEqual(result);
  });

  it('costs its vCPU, memory and address from creation to stop, a minute at least, and never more than was held', async () => {
    const generator = await labWith(() => ({ seconds: 3580, result }));
    const handle = await generator.start(job(), lab.tags());
    pass(3620);
    // And a public address.
    const perHour = 2 * 0.03238 + 4 * 0.00356 + 0.005;
    const state = await settled(handle);
    expect(state).toMatchObject({ state: 'done', usd: expect.closeTo((perHour * 3610) / 3600, 4) });
    expect((state as { usd: number }).usd).toBeLessThan(generator.usdAtMost(job(), 3620));
    expect(generator.usdAtMost(job(), 3600)).toBeCloseTo((perHour * (3600 + 900 + 180)) / 3600, 6);
  });

  it('has no price in a region without one, and says so before anything is started', async () => {
    await labWith();
    expect(() => lab.generator('run-1', { region: 'eu-north-1' })).toThrow(/no sourced price.*eu-north-1/);
  });

  it('finds the task whose answer got lost', async () => {
    const generator = await labWith();
    lab.aws.world.faults.push({ call: 'ecs:RunTask', code: '', message: '', lost: 'answer', times: 1 });
    await expect(generator.start(job(), lab.tags())).rejects.toThrow();
    const handle = await lab.generator().start(job(), lab.tags());
    expect(tasks()).toHaveLength(1);
    expect(await settled(handle)).toMatchObject({ state: 'done' });
  });

  it('waits for capacity, a bounded number of looks', async () => {
    const generator = await labWith(undefined, { capacity: (n) => n > 3 });
    const handle = await generator.start(job(), lab.tags());
    expect(tasks()).toHaveLength(0);
    expect(await settled(handle)).toMatchObject({ state: 'done' });
    expect(runs()).toBe(4);
    await lab.aws.close();

    await (await labWith(undefined, { capacity: () => false })).start(job('k'), lab.tags());
    const state = await settled(await lab.generator().start(job('k'), lab.tags()));
    expect(state).toMatchObject({ state: 'failed', reason: expect.stringContaining('no capacity'), usd: 0 });
    expect(runs()).toBe(10);
  });

  it('asks for no task any more once it was told to stop', async () => {
    const generator = await labWith(undefined, { capacity: (n) => n > 1 });
    const handle = await generator.start(job(), lab.tags());
    await generator.stop(handle);
    expect(await settled(handle)).toEqual({ state: 'lost' });
    expect(tasks()).toEqual([]);
  });
});

describe('a task that ends badly', () => {
  it.each([
    [
      'out of memory',
      { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      /OutOfMemory/,
    ],
    [
      'without its image',
      { stoppedReason: 'CannotPullContainerError: no such image', stopCode: 'TaskFailedToStart' },
      /CannotPull/,
    ],
  ])('%s fails the job with the reason', async (_, how, reason) => {
    const generator = await labWith();
    const handle = await generator.start(job(), lab.tags());
    pass(40);
    lab.crash(handle, how as Parameters<EcsLab['crash']>[1]);
    expect(await settled(handle)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(reason),
      usd: expect.any(Number),
    });
  });

  it('says what the engine said', async () => {
    const generator = await labWith(() => ({ seconds: 5, error: 'job is invalid at endpoints', exitCode: 2 }));
    const handle = await generator.start(job(), lab.tags());
    expect(await settled(handle)).toMatchObject({ state: 'failed', reason: 'exit 2: job is invalid at endpoints' });
  });

  it('without a word is lost', async () => {
    const generator = await labWith();
    const handle = await generator.start(job(), lab.tags());
    pass(40);
    lab.crash(handle, { stoppedReason: 'Host EC2 (instance) terminated.' });
    expect(await settled(handle)).toEqual({ state: 'lost' });
  });
});

describe('a job of several tasks', () => {
  const several = { tasksFor: () => 3 };

  it('is merged from all of them, and held and paid for all of them', async () => {
    const shareOf = (key: string) => ({ index: Number(key.split('/').at(-1)), of: 3 });
    await labWith(({ command: [key] }) => ({ seconds: 60, result: { ...result, share: shareOf(key!) } }));
    // They wait for one another: 180 s for the start, and 1 s after the only segment.
    const one = lab.generator().usdAtMost(job(), 600 + 180 + 1);
    const generator = lab.generator('run-1', several);
    expect(generator.usdAtMost(job(), 600)).toBeCloseTo(3 * one, 9);
    const handle = await generator.start(job(), lab.tags());
    expect(tasks()).toHaveLength(3);
    const state = await settled(handle, several);
    expect(state).toMatchObject({ state: 'done' });
    expect(JSON.parse((await lab.runStore('run-1').get(`load/${handle}.json`))!)).toEqual(result);
  });

  it('is lost with one of them: the others are stopped, and no number is left', async () => {
    await labWith(() => ({ seconds: 600 }));
    const handle = await lab.generator('run-1', several).start(job(), lab.tags());
    pass(40);
    lab.cloud.crash(lab.aws.world, tasks()[1]!, { stoppedReason: 'Host EC2 (instance) terminated.' });
    pass(15);
    expect((await lab.generator('run-1', several).check(handle)).state).toBe('running');
    expect(tasks().map((t) => detailOf(t).desired)).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
    expect(await settled(handle, several)).toEqual({ state: 'lost' });
    expect(lab.aws.world.alive()).toEqual([]);
    expect(lab.runStore('run-1').objects.size).toBe(0);
  });
});

describe('load generators as holders', () => {
  it('are listed with the command that ends them until they have stopped, and destroyed by name', async () => {
    const generator = await labWith(() => ({ seconds: 600 }));
    const handle = await generator.start(job(), lab.tags());
    pass(60);
    expect(await lab.generator().list('run-1')).toMatchObject([
      { kind: 'task', name: handle, endCommand: expect.stringMatching(/^aws ecs stop-task --cluster \S+ --task arn:/) },
    ]);
    expect(await lab.generator().list('run-2')).toEqual([]);
    await lab.generator().destroy(handle);
    pass(5);
    expect(await lab.generator().list('run-1')).toMatchObject([{ name: handle }]);
    pass(30);
    expect(await lab.generator().list('run-1')).toEqual([]);
    expect(lab.aws.world.alive()).toEqual([]);
  });

  it('that ECS does not show yet are listed, too', async () => {
    const generator = await labWith(undefined, { hiddenSeconds: 20 });
    const handle = await generator.start(job(), lab.tags());
    expect(await lab.generator().list('run-1')).toMatchObject([{ name: handle, id: 'not seen yet' }]);
    expect(await generator.check(handle)).toMatchObject({ state: 'running' });
  });

  it('never take a listing that failed for an empty one', async () => {
    const generator = await labWith();
    lab.aws.world.faults.push({ call: 'ecs:ListTasks', code: 'ServerException', message: 'x', status: 500 });
    await expect(generator.list('run-1')).rejects.toThrow();
  });
});
