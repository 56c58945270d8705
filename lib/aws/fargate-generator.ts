/** Load from inside the region: a job is a number of Fargate tasks that end with it. */
import type { Task } from '@aws-sdk/client-ecs';
import type { Lab } from '../core/catalog/lab.ts';
import { type LoadJob, type LoadResult, loadResultSchema } from '../core/load/job.ts';
import { mergeResults } from '../core/load/merge-results.ts';
import { PAUSE_SECONDS } from '../core/load/share.ts';
import { taskUsd, taskUsdAtMost, taskUsdPerHour } from '../core/plan/task-cost.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LoadGenerator, LoadState } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { ListedResource } from '../core/ports/target.ts';
import { FargateTasks, isCapacity, type TasksApi } from './fargate-tasks.ts';
import { type Exchange, LoadExchange, type Part } from './load-exchange.ts';

export interface FargateGeneratorOptions {
  ecs: TasksApi;
  lab: Pick<Lab, 'loadTask' | 'subnets'>;
  runId: string;
  region: string;
  /** The results bucket; keys are the bucket's. */
  exchange: ObjectStore;
  /** The run's: results end here. */
  store: ObjectStore;
  clock: Clock;
  /** Short stable name of a job id; 63 characters of [a-z0-9-] at most. */
  nameOf(id: string): string;
  /**
   * Tasks for a job.
   *
   * @default 1
   */
  tasksFor?(job: LoadJob): number;
}

/** Looks at which a task was asked for in vain, until the job has failed. */
const MOST_REFUSALS = 10;
/** Tasks of one job start at one moment: by then all of them run, or the result says which was late. */
const START_TOGETHER_MS = 180_000;
/** ECS may not know a task yet that it has just started. */
const VISIBLE_WITHIN_MS = 60_000;

type End = { state: 'failed'; reason: string } | { state: 'lost' };

export class FargateGenerator implements LoadGenerator {
  private readonly o: FargateGeneratorOptions;
  private readonly tasks: FargateTasks;
  private readonly exchange: LoadExchange;
  private readonly usdPerHour: number;

  constructor(options: FargateGeneratorOptions) {
    this.o = options;
    this.tasks = new FargateTasks({ ecs: options.ecs, task: options.lab.loadTask, subnets: options.lab.subnets });
    this.exchange = new LoadExchange({ ...options, store: options.exchange });
    this.usdPerHour = taskUsdPerHour(options.lab.loadTask, options.region);
  }

  usdAtMost(job: LoadJob, seconds: number): number {
    const count = this.count(job);
    // Several meet before the first segment and between all of them.
    const meetingSeconds = count === 1 ? 0 : START_TOGETHER_MS / 1000 + PAUSE_SECONDS * job.segments.length;
    return count * taskUsdAtMost(this.usdPerHour, seconds + meetingSeconds);
  }

  async start(job: LoadJob, tags: { [key: string]: string }): Promise<string> {
    const handle = this.o.nameOf(job.id);
    const known = await this.exchange.read(handle);
    if (known === null) {
      const count = this.count(job);
      const startAtMs = this.o.clock.nowMs() + START_TOGETHER_MS;
      const share = count === 1 ? job : { ...job, generators: count, startAtMs };
      await this.exchange.open(handle, Array<LoadJob>(count).fill(share), tags);
    }
    await this.askForMissing(handle, (known ?? (await this.exchange.read(handle)))!);
    return handle;
  }

  async check(handle: string): Promise<LoadState> {
    const before = await this.exchange.read(handle);
    if (before === null) return { state: 'lost' };
    await this.askForMissing(handle, before);
    // Before its folder: a task that was seen stopped has written all that it ever will.
    const seen = await this.tasks.describe(before.parts.flatMap(({ taskArn }) => taskArn ?? []));
    const { parts, stopping } = (await this.exchange.read(handle))!;
    const ends = await Promise.all(parts.map((part) => this.endOf(part, seen, stopping)));
    const bad = ends.find((end) => end !== null);
    const stopped = parts.every((part) => this.isStopped(part, seen, stopping));
    // One task less is another load: the others end, too. Until they have, they are billed.
    if (bad && !stopped)
      for (const part of parts) await this.stopPart(part, 'infersweep: another task of the job ended');
    if (!stopped) return { state: 'running', progress: await this.exchange.progress(parts) };
    const usd = parts.reduce((sum, part) => sum + this.usdOf(part, seen), 0);
    if (bad) return bad.state === 'lost' ? bad : { ...bad, usd };
    const texts = await Promise.all(parts.map(({ key }) => this.exchange.text(key, 'result.json')));
    const result = readable(texts as string[]);
    if (result instanceof Error) {
      return { state: 'failed', reason: `the result of the load cannot be read: ${result.message}`, usd };
    }
    const resultKey = `load/${handle}.json`;
    await this.o.store.put(resultKey, JSON.stringify(result));
    return { state: 'done', resultKey, usd };
  }

  async stop(handle: string): Promise<void> {
    // First: what has no task yet gets none any more.
    await this.exchange.stop(handle);
    for (const part of (await this.exchange.read(handle))?.parts ?? [])
      await this.stopPart(part, 'infersweep: stopped');
  }

  /** By what ECS lists, besides what is remembered. */
  async destroy(name: string): Promise<void> {
    await this.stop(name);
    for (const arn of await this.tasks.startedBy(name)) await this.tasks.stop(arn, 'infersweep: destroyed');
  }

  async list(runId: string): Promise<ListedResource[]> {
    const listed = await this.tasks.list(runId);
    if (runId !== this.o.runId) return listed;
    const names = new Set(listed.map(({ name }) => name));
    const hidden: ListedResource[] = [];
    for (const name of await this.exchange.asksSince(this.o.clock.nowMs() - VISIBLE_WITHIN_MS)) {
      if (names.has(name) || !(await this.mayBeHidden(name))) continue;
      const endCommand = `aws ecs list-tasks --cluster ${this.o.lab.loadTask.cluster} --started-by ${name}`;
      hidden.push({ kind: 'task', id: 'not seen yet', name, endCommand });
    }
    return [...listed, ...hidden];
  }

  private count(job: LoadJob): number {
    return this.o.tasksFor?.(job) ?? 1;
  }

  private async askForMissing(handle: string, { parts, tags, stopping }: Exchange): Promise<void> {
    for (const part of parts) {
      if (part.taskArn !== null || part.refusals >= MOST_REFUSALS) continue;
      // One that was neither taken nor refused is asked for again as it was: its answer got lost.
      if (part.attempts === part.refusals) {
        if (stopping) continue;
        part.attempts += 1;
      }
      await this.exchange.asked(part, part.attempts);
      part.lastAskedMs = this.o.clock.nowMs();
      const answer = await this.tasks.run({
        name: handle,
        request: `${part.key}\n${part.attempts}`,
        command: [part.key, String(parts.indexOf(part))],
        tags,
      });
      if ('capacity' in answer) {
        await this.exchange.refused(part, answer.capacity);
        part.refusals += 1;
      } else {
        await this.exchange.accepted(part, answer.taskArn);
        part.taskArn = answer.taskArn;
        if (stopping) await this.stopPart(part, 'infersweep: stopped');
      }
    }
  }

  /** Why a part will never have a result; null while it may, or has. */
  private async endOf(part: Part, seen: ReadonlyMap<string, Task>, stopping: boolean): Promise<End | null> {
    if (part.taskArn === null) {
      if (stopping) return { state: 'lost' };
      if (part.refusals < MOST_REFUSALS) return null;
      return { state: 'failed', reason: `Fargate had no capacity for a load generator, asked ${part.refusals} times` };
    }
    if (part.hasResult || !this.isStopped(part, seen, stopping)) return null;
    return endWithoutResult(seen.get(part.taskArn), await this.exchange.text(part.key, 'error.txt'));
  }

  private isStopped(part: Part, seen: ReadonlyMap<string, Task>, stopping: boolean): boolean {
    if (part.taskArn === null) return stopping || part.refusals >= MOST_REFUSALS;
    const task = seen.get(part.taskArn);
    if (task) return task.lastStatus === 'STOPPED';
    // ECS forgets a stopped task after an hour.
    return this.o.clock.nowMs() > part.lastAskedMs + VISIBLE_WITHIN_MS;
  }

  private usdOf({ taskArn, lastAskedMs }: Part, seen: ReadonlyMap<string, Task>): number {
    if (taskArn === null) return 0;
    const { createdAt, stoppedAt } = seen.get(taskArn) ?? {};
    const from = createdAt?.getTime() ?? lastAskedMs;
    return taskUsd(this.usdPerHour, ((stoppedAt?.getTime() ?? this.o.clock.nowMs()) - from) / 1000);
  }

  private async stopPart({ taskArn }: Part, reason: string): Promise<void> {
    if (taskArn !== null) await this.tasks.stop(taskArn, reason);
  }

  /** What ECS shows as stopped is not hidden. */
  private async mayBeHidden(name: string): Promise<boolean> {
    const { parts } = (await this.exchange.read(name)) ?? { parts: [] };
    const open = parts.filter(({ taskArn, attempts, refusals }) => taskArn !== null || attempts > refusals);
    const seen = await this.tasks.describe(open.flatMap(({ taskArn }) => taskArn ?? []));
    return open.some(({ taskArn }) => taskArn === null || !seen.has(taskArn));
  }
}

/** `stopCode` and exit codes: ECS's developer guide, "Stopped task errors". */
function endWithoutResult(task: Task | undefined, said: string | null): End {
  const [container] = task?.containers ?? [];
  const why = container?.reason ?? task?.stoppedReason ?? '';
  if (/OutOfMemory/.test(why) || container?.exitCode === 137) {
    return {
      state: 'failed',
      reason: `the load generator was killed, as happens without memory: ${why || 'exit 137'}`,
    };
  }
  if (said !== null && container?.exitCode !== undefined) {
    return { state: 'failed', reason: `exit ${container.exitCode}: ${said.trim()}` };
  }
  if (task?.stopCode === 'TaskFailedToStart' && !isCapacity(why)) {
    return { state: 'failed', reason: `the load generator did not start: ${why}` };
  }
  return { state: 'lost' };
}

/** Whatever is wrong with it must end this job, not the sweep that would read it. */
function readable(texts: readonly string[]): LoadResult | Error {
  try {
    const results = texts.map((text) => loadResultSchema.parse(JSON.parse(text)));
    return results.length === 1 ? results[0]! : mergeResults(results);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
