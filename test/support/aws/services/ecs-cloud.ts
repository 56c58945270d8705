/**
 * Fargate tasks of the loopback ECS. Sources: ECS's API reference (RunTask with `clientToken` and `failures`, StopTask, Task:
 * `stopCode`, `desiredStatus`) and its developer guide ("Task lifecycle", "Stopped task errors").
 */
import type { RunningTask, TaskLauncher } from '../task-launcher.ts';
import { type AwsWorld, cluster, ServiceError, type Thing } from '../world.ts';

export interface EcsCloudOptions {
  launcher: TaskLauncher;
  /** For the n-th request, counted from 1. */
  capacity?: (n: number) => boolean;
  provisioningSeconds?: number;
  /** From the end of its container to STOPPED. */
  deprovisioningSeconds?: number;
  /** How long nobody sees a new task. */
  hiddenSeconds?: number;
}

export interface TaskDetail {
  startedBy: string;
  container: string;
  definition: string;
  command: readonly string[];
  desired: 'RUNNING' | 'STOPPED';
  /** Of its definition: `lib/constructs/load-generator-task.ts` and `controller-task.ts`. */
  vcpu: number;
  memoryGib: number;
  startedMs?: number;
  /** When its container ended, and how. */
  endedMs?: number;
  stoppedMs?: number;
  exitCode?: number;
  reason?: string;
  stopCode?: 'EssentialContainerExited' | 'UserInitiated' | 'TaskFailedToStart';
  stoppedReason?: string;
}

export interface RunTaskBody {
  taskDefinition?: string;
  clientToken?: string;
  startedBy?: string;
  tags?: { key: string; value: string }[];
  overrides?: { containerOverrides?: { name: string; command?: string[] }[] };
  networkConfiguration?: { awsvpcConfiguration?: { subnets?: string[] } };
}

/** SIGTERM to SIGKILL: `stopTimeout` of the kit's task definition. */
const STOP_TIMEOUT_MS = 120_000;

export const detailOf = (thing: Thing) => thing.detail as unknown as TaskDetail;

export class EcsCloud {
  private readonly options: EcsCloudOptions;
  private readonly tokens = new Map<string, { request: string; thing: Thing }>();
  private readonly running = new Map<string, { task: RunningTask; stopMs?: number }>();
  private requests = 0;

  constructor(options: EcsCloudOptions) {
    this.options = options;
  }

  run(world: AwsWorld, body: RunTaskBody): { thing: Thing } | { failure: string } {
    world.movers.add(this.move);
    const before = this.tokens.get(body.clientToken ?? '');
    const request = JSON.stringify(body);
    if (before) {
      if (before.request === request) return before;
      throw new ServiceError('ConflictException', 'The request has a client token of another request.');
    }
    const tags = Object.fromEntries((body.tags ?? []).map(({ key, value }) => [key, value]));
    // The create role's: lib/constructs/create-rights.ts.
    if (tags['infersweep:run'] === undefined || tags['infersweep:expires-at'] === undefined) {
      throw new ServiceError(
        'AccessDeniedException',
        'User is not authorized to perform: ecs:RunTask without run tags',
      );
    }
    if (!body.networkConfiguration?.awsvpcConfiguration?.subnets?.length) {
      throw new ServiceError(
        'InvalidParameterException',
        'Network Configuration must be provided when networkMode awsvpc.',
      );
    }
    this.requests += 1;
    if (this.options.capacity?.(this.requests) === false) {
      return {
        failure: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
      };
    }
    const [override] = body.overrides!.containerOverrides!;
    const detail: TaskDetail = {
      startedBy: body.startedBy ?? '',
      container: override!.name,
      definition: body.taskDefinition ?? '',
      command: override!.command!,
      desired: 'RUNNING',
      ...(override!.name === 'controller' ? { vcpu: 0.5, memoryGib: 1 } : { vcpu: 2, memoryGib: 4 }),
    };
    const thing = world.add('task', `task${this.tokens.size + 1}`, {
      status: 'PROVISIONING',
      tags,
      detail: { ...detail },
      visibleFromMs: world.nowMs + (this.options.hiddenSeconds ?? 0) * 1000,
    });
    const answer = { request, thing };
    if (body.clientToken !== undefined) this.tokens.set(body.clientToken, answer);
    return answer;
  }

  stop(world: AwsWorld, thing: Thing, reason: string): void {
    const detail = detailOf(thing);
    if (detail.desired === 'STOPPED') return;
    Object.assign(detail, { desired: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: reason });
    const own = this.running.get(thing.name);
    if (own) {
      own.stopMs = world.nowMs;
      own.task.terminate();
    } else detail.endedMs = world.nowMs;
  }

  /** From outside: out of memory, a host that is retired. */
  crash(world: AwsWorld, thing: Thing, how: { exitCode?: number; reason?: string; stoppedReason?: string }): void {
    Object.assign(detailOf(thing), { desired: 'STOPPED', endedMs: world.nowMs, ...how });
    this.running.get(thing.name)?.task.kill();
    this.running.delete(thing.name);
  }

  private readonly move = (world: AwsWorld): void => {
    for (const thing of world.things.values()) {
      if (thing.kind === 'task' && thing.detail !== undefined && thing.status !== 'STOPPED')
        this.moveTask(world, thing);
    }
  };

  private moveTask(world: AwsWorld, thing: Thing): void {
    const detail = detailOf(thing);
    const startMs = thing.createdMs + (this.options.provisioningSeconds ?? 20) * 1000;
    if (thing.status === 'PROVISIONING' && detail.desired === 'RUNNING' && world.nowMs >= startMs) {
      thing.status = 'RUNNING';
      detail.startedMs = startMs;
      this.running.set(thing.name, { task: this.options.launcher.start(detail) });
    }
    const own = this.running.get(thing.name);
    if (own && detail.endedMs === undefined) {
      own.task.tick?.((world.nowMs - detail.startedMs!) / 1000);
      if (own.stopMs !== undefined && world.nowMs >= own.stopMs + STOP_TIMEOUT_MS) own.task.kill();
      const exitCode = own.task.exitCode();
      if (exitCode !== null) {
        Object.assign(detail, { desired: 'STOPPED', exitCode, endedMs: world.nowMs });
        detail.stopCode ??= 'EssentialContainerExited';
        detail.stoppedReason ??= 'Essential container in task exited';
      }
    }
    if (detail.endedMs === undefined) return;
    thing.status = 'DEPROVISIONING';
    const stoppedMs = detail.endedMs + (this.options.deprovisioningSeconds ?? 10) * 1000;
    if (world.nowMs < stoppedMs) return;
    thing.status = 'STOPPED';
    detail.stoppedMs = stoppedMs;
  }
}

export function rowOf(thing: Thing, withTags: boolean): unknown {
  const d = detailOf(thing);
  return {
    taskArn: thing.arn,
    clusterArn: cluster,
    startedBy: d.startedBy,
    lastStatus: thing.status,
    desiredStatus: d.desired,
    createdAt: thing.createdMs / 1000,
    ...(d.startedMs === undefined ? {} : { startedAt: d.startedMs / 1000 }),
    ...(d.stoppedMs === undefined ? {} : { stoppedAt: d.stoppedMs / 1000 }),
    stopCode: d.stopCode,
    stoppedReason: d.stoppedReason,
    containers: [{ name: d.container, exitCode: d.exitCode, reason: d.reason }],
    tags: withTags ? Object.entries(thing.tags).map(([key, value]) => ({ key, value })) : [],
  };
}
