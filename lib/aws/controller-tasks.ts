/** Controllers of a run as Fargate tasks: one at a time, known by what stands of them among the run's objects. */
import type { Task } from '@aws-sdk/client-ecs';
import type { Lab } from '../core/catalog/lab.ts';
import { taskUsd, taskUsdPerHour } from '../core/plan/task-cost.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Json } from '../core/ports/workflow.ts';
import type { ControllerSeat } from '../core/workflow/controller-seat.ts';
import { FargateTasks, type TasksApi } from './fargate-tasks.ts';
import type { ExecutionState } from './sweep-execution.ts';

/** What it says at its end. */
export type ControllerEnd = { state: string; stopReason: string | null; error: string | null };

interface Controller {
  asked: ControllerSeat;
  taskArn: string | null;
  end: ControllerEnd | null;
  task: Task | null;
}

export interface ControllerTasksOptions {
  ecs: TasksApi;
  lab: Pick<Lab, 'loadTask' | 'subnets'>;
  controller: NonNullable<Lab['controllerTask']>;
  region: string;
  runId: string;
  /** The run's. */
  store: ObjectStore;
  clock: Clock;
}

/** ECS may not know a task yet that it has just started. */
const VISIBLE_WITHIN_MS = 60_000;

const FOLDER = 'controllers/';
const keyOf = (number: number, file: 'asked' | 'task' | 'end') => `${FOLDER}${number}/${file}.json`;

export class ControllerTasks {
  private readonly o: ControllerTasksOptions;
  private readonly tasks: FargateTasks;
  readonly usdPerHour: number;

  /** @throws where the region has no price of one */
  constructor(o: ControllerTasksOptions) {
    this.o = o;
    const { lab, controller, ecs } = o;
    const task = { ...lab.loadTask, ...controller };
    this.usdPerHour = taskUsdPerHour(task, o.region);
    this.tasks = new FargateTasks({ ecs, task, subnets: lab.subnets });
  }

  /** Asked twice for one number, it starts once. @returns why not, where there is no capacity */
  async start(asked: ControllerSeat): Promise<{ capacity: string } | null> {
    const { runId, store } = this.o;
    await store.put(keyOf(asked.number, 'asked'), JSON.stringify(asked));
    const { name, tags, number } = asked;
    const answer = await this.tasks.run({ name, request: name, command: [runId, String(number)], tags });
    if ('capacity' in answer) {
      const end: ControllerEnd = { state: 'failed', stopReason: null, error: answer.capacity };
      await store.put(keyOf(number, 'end'), JSON.stringify(end));
      return answer;
    }
    await store.put(keyOf(number, 'task'), JSON.stringify({ taskArn: answer.taskArn }));
    return null;
  }

  async look(): Promise<ExecutionState> {
    const latest = await this.latest();
    if (latest === null) return { state: 'absent', outcome: null, error: null, sinceMs: 0 };
    if (this.mayRun(latest)) return { state: 'running', outcome: null, error: null };
    const { asked, end, task } = latest;
    if (end === null) {
      const died = { state: 'failed', outcome: null, error: diedOf(task) } as const;
      return task?.stoppedAt ? { ...died, sinceMs: task.stoppedAt.getTime() } : died;
    }
    const { state, stopReason, error } = end;
    const sinceMs = asked.askedAtMs;
    if (state === 'failed') return { state: 'failed', outcome: null, error: error ?? 'it failed', sinceMs };
    return { state: 'done', outcome: { state, stopReason } as Json, error: null, sinceMs };
  }

  /** The last one, once it has stopped, and what it cost: null where ECS does not know any more. */
  async previous(): Promise<{ name: string; usd: number | null } | null> {
    const latest = await this.latest();
    if (latest === null || this.mayRun(latest)) return null;
    const { createdAt, stoppedAt } = latest.task ?? {};
    const { name, usdPerHour } = latest.asked;
    if (!createdAt || !stoppedAt) return { name, usd: null };
    return { name, usd: taskUsd(usdPerHour, (stoppedAt.getTime() - createdAt.getTime()) / 1000) };
  }

  /** Ends the process itself, whether it listens or not: SIGTERM, and two minutes later SIGKILL. */
  async halt(): Promise<void> {
    const latest = await this.latest();
    if (latest === null) return;
    for (const arn of new Set([...(await this.tasks.startedBy(latest.asked.name)), latest.taskArn ?? ''])) {
      if (arn !== '') await this.tasks.stop(arn, 'infersweep: destroyed');
    }
  }

  private mayRun({ asked, end, task }: Controller): boolean {
    if (task !== null) return task.lastStatus !== 'STOPPED';
    // Asked for a moment ago, by somebody who may not have heard the answer; later, ECS has forgotten what stopped.
    return end === null && this.o.clock.nowMs() < asked.askedAtMs + VISIBLE_WITHIN_MS;
  }

  private async latest(): Promise<Controller | null> {
    const { store } = this.o;
    const keys = await store.list(FOLDER);
    const numbers = keys.flatMap((key) => (key.endsWith('/asked.json') ? [Number(key.split('/')[1])] : []));
    if (numbers.length === 0) return null;
    const number = Math.max(...numbers);
    const read = async <T>(file: 'asked' | 'task' | 'end'): Promise<T | null> => {
      const text = await store.get(keyOf(number, file));
      return text === null ? null : (JSON.parse(text) as T);
    };
    const asked = (await read<ControllerSeat>('asked'))!;
    const known = (await read<{ taskArn: string }>('task'))?.taskArn ?? null;
    const taskArn = known ?? (await this.tasks.startedBy(asked.name))[0] ?? null;
    // Before its end: a task that was seen stopped has said all that it ever will.
    const task = taskArn === null ? null : ((await this.tasks.describe([taskArn])).get(taskArn) ?? null);
    return { asked, taskArn, task, end: await read<ControllerEnd>('end') };
  }
}

/** What the controller of this number was told when it was asked for. @throws where nobody asked for it */
export async function readSeat(store: ObjectStore, number: number): Promise<ControllerSeat> {
  const text = await store.get(keyOf(number, 'asked'));
  if (text === null) throw new Error(`nobody asked for controller ${number}: there is no ${keyOf(number, 'asked')}`);
  return JSON.parse(text) as ControllerSeat;
}

export function writeEnd(
  store: ObjectStore,
  number: number,
  { state, stopReason, error }: ControllerEnd,
): Promise<void> {
  return store.put(keyOf(number, 'end'), JSON.stringify({ state, stopReason, error } satisfies ControllerEnd));
}

function diedOf(task: Task | null): string {
  const [container] = task?.containers ?? [];
  const how = [
    task?.stoppedReason,
    container?.reason,
    container?.exitCode == null ? null : `exit ${container.exitCode}`,
  ];
  const said = how.filter((part) => part != null && part !== '').join('; ');
  return `its controller stopped before the run had ended${said === '' ? '' : `: ${said}`}`;
}
