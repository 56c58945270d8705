import type { ECS, Task } from '@aws-sdk/client-ecs';
import { namePrefix, tagKeys } from '../../core/plan/tags.ts';
import type { CloudResource } from '../../core/ports/inventory.ts';
import { pages } from '../pages.ts';
import { isNamed, type KindAdapter, nameIn, unless } from './kind-adapter.ts';

export type EcsApi = Pick<ECS, 'listClusters' | 'listTasks' | 'describeTasks' | 'stopTask'>;

const next = ({ nextToken }: { nextToken?: string }) => nextToken;

export function tasks(api: EcsApi): KindAdapter {
  return {
    kind: 'task',
    source: 'ecs:ListTasks',
    owns: (arn) => /^arn:[^:]+:ecs:[^:]*:[^:]*:task\//.test(arn),
    async list() {
      const found: CloudResource[] = [];
      for await (const { clusterArns } of pages((nextToken) => api.listClusters({ nextToken }), next)) {
        for (const cluster of clusterArns ?? []) {
          // A cluster that went meanwhile holds no tasks.
          found.push(...(await unless(isNoCluster, [], () => tasksOf(api, cluster))));
        }
      }
      return found;
    },
    delete: ({ arn }) =>
      unless(
        (error) =>
          isNoCluster(error) ||
          (isNamed(error, 'InvalidParameterException') && /task was not found/.test(error.message)),
        'gone' as const,
        () =>
          api
            .stopTask({ cluster: clusterIn(arn), task: arn, reason: 'infersweep: expired' })
            .then(() => 'accepted' as const),
      ),
  };
}

/** Of one cluster: what is to run, and what was told to stop and has not yet. */
async function tasksOf(api: EcsApi, cluster: string): Promise<CloudResource[]> {
  const found: CloudResource[] = [];
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    // DescribeTasks takes 100 ARNs, as many as a page of ListTasks holds.
    for await (const { taskArns } of pages((nextToken) => api.listTasks({ cluster, desiredStatus, nextToken }), next)) {
      if (!taskArns?.length) continue;
      const { tasks: described } = await api.describeTasks({ cluster, tasks: taskArns, include: ['TAGS'] });
      for (const task of described ?? []) {
        if (task.lastStatus !== 'STOPPED' && (tagsIn(task)[tagKeys.run] !== undefined || named(task))) {
          found.push(resourceOf(task));
        }
      }
    }
  }
  return found;
}

/** A task has no name: who started it and its family stand in. */
function named({ startedBy, group }: Task): boolean {
  return startedBy?.startsWith(namePrefix) === true || group?.startsWith(`family:${namePrefix}`) === true;
}

function tagsIn({ tags }: Task): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
}

function resourceOf(task: Task): CloudResource {
  return {
    kind: 'task',
    arn: task.taskArn!,
    name: task.startedBy ?? nameIn(task.taskArn!),
    tags: tagsIn(task),
    tagsError: null,
    state: task.desiredStatus === 'STOPPED' ? 'ending' : 'live',
    status: task.lastStatus!,
  };
}

function isNoCluster(error: unknown): boolean {
  return isNamed(error, 'ClusterNotFoundException');
}

/** `…:task/CLUSTER/ID`. */
function clusterIn(arn: string): string {
  return arn.split('/')[1]!;
}
