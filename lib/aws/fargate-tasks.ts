/** Tasks on Fargate, of load generators and controllers: asked for once, read, stopped and listed. */
import { createHash } from 'node:crypto';
import type { ECS, Task } from '@aws-sdk/client-ecs';
import type { Lab } from '../core/catalog/lab.ts';
import { namePrefix, tagKeys } from '../core/plan/tags.ts';
import type { ListedResource } from '../core/ports/target.ts';
import { pages } from './pages.ts';
import { isNamed } from './reap/kind-adapter.ts';

export type TasksApi = Pick<ECS, 'runTask' | 'describeTasks' | 'listTasks' | 'stopTask'>;

export interface TaskSite {
  ecs: TasksApi;
  task: Pick<Lab['loadTask'], 'cluster' | 'definition' | 'container' | 'securityGroup' | 'assignPublicIp'>;
  subnets: readonly string[];
}

export interface TaskRequest {
  /** Name that stands in for the task's own, which it has not: `startedBy`. */
  name: string;
  /** Tells one request from another: two that say the same are one task. */
  request: string;
  /** Arguments of its container. */
  command: string[];
  tags: { [key: string]: string };
}

/** DescribeTasks takes so many. */
const DESCRIBED_AT_ONCE = 100;

export class FargateTasks {
  private readonly o: TaskSite;

  constructor(o: TaskSite) {
    this.o = o;
  }

  /** The same request made twice is one task. Throws what is no answer. */
  async run({ name, request, command, tags }: TaskRequest): Promise<{ taskArn: string } | { capacity: string }> {
    const { cluster, definition, container, securityGroup, assignPublicIp } = this.o.task;
    try {
      const { tasks, failures } = await this.o.ecs.runTask({
        cluster,
        taskDefinition: definition,
        launchType: 'FARGATE',
        count: 1,
        clientToken: createHash('sha256').update(request).digest('hex').slice(0, 64),
        startedBy: name,
        tags: Object.entries(tags).map(([tag, value]) => ({ key: tag, value })),
        overrides: { containerOverrides: [{ name: container, command }] },
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [...this.o.subnets], securityGroups: [securityGroup], assignPublicIp },
        },
      });
      const taskArn = tasks?.[0]?.taskArn;
      if (taskArn !== undefined) return { taskArn };
      const { reason, detail } = failures?.[0] ?? {};
      return { capacity: [reason, detail].filter(Boolean).join(': ') || 'RunTask started nothing' };
    } catch (error) {
      // Beside the answer with failures, Fargate says it so.
      if (isNamed(error, 'ClientException') && isCapacity(error.message)) return { capacity: error.message };
      throw error;
    }
  }

  /** By ARN; what ECS no longer knows is missing. */
  async describe(arns: readonly string[]): Promise<Map<string, Task>> {
    const found = new Map<string, Task>();
    for (let i = 0; i < arns.length; i += DESCRIBED_AT_ONCE) {
      const { tasks } = await this.o.ecs.describeTasks({
        cluster: this.o.task.cluster,
        tasks: arns.slice(i, i + DESCRIBED_AT_ONCE),
        include: ['TAGS'],
      });
      for (const task of tasks ?? []) found.set(task.taskArn!, task);
    }
    return found;
  }

  /** SIGTERM, and two minutes to write what was measured. Success when it is gone. */
  async stop(arn: string, reason: string): Promise<void> {
    try {
      await this.o.ecs.stopTask({ cluster: this.o.task.cluster, task: arn, reason });
    } catch (error) {
      if (isNamed(error, 'InvalidParameterException') && /task was not found/.test(error.message)) return;
      // The right to stop depends on a tag, and what ECS has forgotten has none.
      if (isNamed(error, 'AccessDeniedException') && !(await this.describe([arn])).has(arn)) return;
      throw error;
    }
  }

  async startedBy(handle: string): Promise<string[]> {
    // ECS takes no other filter beside this one.
    return this.arns({ startedBy: handle });
  }

  /** Of this run in the Lab's cluster, whatever has not stopped. Throws when a listing failed. */
  async list(runId: string): Promise<ListedResource[]> {
    const arns = [
      ...(await this.arns({ desiredStatus: 'RUNNING' })),
      // Told to stop, and perhaps not stopped yet.
      ...(await this.arns({ desiredStatus: 'STOPPED' })),
    ];
    return [...(await this.describe(arns)).values()].flatMap((task) => {
      const run = task.tags?.find(({ key }) => key === tagKeys.run)?.value;
      const unowned = run === undefined && task.startedBy?.startsWith(namePrefix) === true;
      if (task.lastStatus === 'STOPPED' || (run !== runId && !unowned)) return [];
      return [
        {
          kind: 'task',
          id: task.taskArn!,
          name: task.startedBy ?? task.taskArn!,
          endCommand: `aws ecs stop-task --cluster ${task.clusterArn} --task ${task.taskArn}`,
          ...(unowned ? { doubt: `the kit started it and it bears no tag ${tagKeys.run}` } : {}),
        },
      ];
    });
  }

  private async arns(filter: { startedBy: string } | { desiredStatus: 'RUNNING' | 'STOPPED' }): Promise<string[]> {
    const { cluster } = this.o.task;
    const found: string[] = [];
    const all = pages(
      (nextToken) => this.o.ecs.listTasks({ cluster, ...filter, nextToken }),
      ({ nextToken }) => nextToken,
    );
    for await (const { taskArns } of all) found.push(...(taskArns ?? []));
    return found;
  }
}

/** "Capacity is unavailable at this time. Please try again later or in a different availability zone". */
export function isCapacity(message: string | undefined): boolean {
  return /capacity is unavailable/i.test(message ?? '');
}
