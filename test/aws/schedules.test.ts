/** Random schedules of faults against hosts and load generators: whatever happens, what a teardown confirms as gone is gone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListedResource } from '../../lib/core/ports/target.ts';
import { BucketStore } from '../support/aws/bucket-store.ts';
import { Ec2Lab } from '../support/aws/ec2-lab.ts';
import { EcsLab } from '../support/aws/ecs-lab.ts';
import { scriptedHosts } from '../support/aws/host-launcher.ts';
import type { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { detailOf } from '../support/aws/services/ecs-cloud.ts';
import { scriptedTasks } from '../support/aws/task-launcher.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';

const RUNS = Number(process.env['INFERSWEEP_SCHEDULES'] ?? 25);
const result = { schema: 'infersweep.load-result.v1', id: 'j', segments: [] };

const faultsOf = (...calls: string[]) =>
  fc.array(
    fc.record({
      call: fc.constantFrom(...calls),
      lost: fc.boolean(),
      times: fc.integer({ min: 1, max: 2 }),
    }),
    { maxLength: 4 },
  );
const schedule = {
  hiddenSeconds: fc.integer({ min: 0, max: 45 }),
  /** Virtual seconds between two things that the controller does. */
  pause: fc.constantFrom(5, 10, 30),
  looksBeforeEnd: fc.integer({ min: 0, max: 8 }),
  /** Controllers that die after the call that makes it, and one that goes on. */
  starts: fc.integer({ min: 1, max: 3 }),
};

function order(aws: LoopbackAws, faults: { call: string; lost: boolean; times: number }[]) {
  for (const { call, lost, times } of faults) {
    const broken = { call, code: 'InternalError', message: 'x', status: 500, times };
    aws.world.faults.push(lost ? { ...broken, lost: 'answer' } : broken);
  }
}

/** What an error interrupts is tried again, as the engine's steps are. */
async function insist<T>(call: () => Promise<T>, pause: () => Promise<void>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 20) throw error;
      await pause();
    }
  }
}

async function tornDown(
  name: string,
  holder: () => { destroy(name: string): Promise<void>; list(runId: string): Promise<ListedResource[]> },
  pause: () => Promise<void>,
) {
  for (let looks = 0; looks < 200; looks++) {
    const gone = await insist(async () => {
      await holder().destroy(name);
      return !(await holder().list('run-1')).some((r) => r.name === name);
    }, pause);
    if (gone) return;
    await pause();
  }
  throw new Error(`${name} is still listed`);
}

describe('random schedules', () => {
  it('leave one host at most, and none behind', async () => {
    const scheduled = fc.record({
      ...schedule,
      faults: faultsOf('ec2:RunInstances', 'ec2:DescribeInstances', 'ec2:TerminateInstances', 'logs:GetLogEvents'),
      zones: fc.array(fc.constantFrom('yes' as const, 'insufficient' as const), { minLength: 1, maxLength: 6 }),
      fails: fc.boolean(),
      interrupted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scheduled, async (s) => {
        let asked = 0;
        const lab = await Ec2Lab.start({
          launcher: scriptedHosts(() => ({ readyAfterSeconds: 20, ...(s.fails ? { fails: 'exit code 2' } : {}) })),
          hiddenSeconds: s.hiddenSeconds,
          capacity: () => s.zones[asked++ % s.zones.length]!,
        });
        const pause = async () => {
          lab.aws.world.advance(s.pause);
          lab.aws.world.alive();
          await new Promise((resolve) => setImmediate(resolve));
        };
        try {
          order(lab.aws, s.faults);
          const request = lab.request('infersweep-a');
          for (let i = 0; i < s.starts; i++) {
            await insist(() => lab.target().deploy(request), pause);
          }
          for (let i = 0; i < s.looksBeforeEnd; i++) {
            await insist(() => lab.target().ready('infersweep-a'), pause);
            await pause();
          }
          const made = [...lab.aws.world.things.values()].filter(({ kind }) => kind === 'instance');
          expect(made.length).toBeLessThanOrEqual(1);
          if (s.interrupted && made[0]?.status === 'running' && made[0].visibleFromMs! <= lab.aws.world.nowMs) {
            lab.cloud.interrupt(lab.aws.world, 'infersweep-a');
          }
          await tornDown('infersweep-a', () => lab.target(), pause);
          lab.aws.world.advance(600);
          expect(lab.aws.world.alive()).toEqual([]);
          expect(new Set(lab.cloud.asked)).toEqual(new Set(['c7i.xlarge']));
        } finally {
          await lab.aws.close();
        }
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('leave one task at most for a job, none behind, and no number of a lost one', async () => {
    const scheduled = fc.record({
      ...schedule,
      faults: faultsOf('ecs:RunTask', 'ecs:DescribeTasks', 'ecs:ListTasks', 'ecs:StopTask'),
      capacity: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      crashes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scheduled, async (s) => {
        const bucket = new BucketStore();
        const lab = await EcsLab.start(
          {
            launcher: scriptedTasks(bucket, () => ({ seconds: 60, result })),
            hiddenSeconds: s.hiddenSeconds,
            capacity: (n) => s.capacity[n % s.capacity.length]!,
          },
          bucket,
        );
        const pause = async () => {
          lab.aws.world.advance(s.pause);
          lab.aws.world.alive();
          await new Promise((resolve) => setImmediate(resolve));
        };
        try {
          order(lab.aws, s.faults);
          const job = jobOf('http://x', [segmentOf({ kind: 'closed', users: 1 }, 60)], { id: 'run-1/load' });
          const tags = lab.tags();
          let handle = '';
          for (let i = 0; i < s.starts; i++) handle = await insist(() => lab.generator().start(job, tags), pause);
          for (let i = 0; i < s.looksBeforeEnd; i++) {
            await insist(() => lab.generator().check(handle), pause);
            await pause();
          }
          expect(lab.tasksOf(handle).length).toBeLessThanOrEqual(1);
          const [task] = lab.tasksOf(handle);
          const crashed = s.crashes && task?.status === 'RUNNING';
          if (crashed) lab.crash(handle, { stoppedReason: 'Host EC2 (instance) terminated.' });
          await tornDown(handle, () => lab.generator(), pause);
          lab.aws.world.advance(600);
          expect(lab.aws.world.alive()).toEqual([]);
          const end = await insist(() => lab.generator().check(handle), pause);
          expect(end.state).not.toBe('running');
          if (end.state === 'done') expect(lab.tasksOf(handle).map((t) => detailOf(t).exitCode)).toEqual([0]);
          if (crashed) expect(end).toEqual({ state: 'lost' });
        } finally {
          await lab.aws.close();
        }
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
