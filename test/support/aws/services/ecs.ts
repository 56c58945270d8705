import { jsonService, type Service, unknownOperation } from '../service.ts';
import { type AwsWorld, cluster, page, ServiceError, type Thing } from '../world.ts';
import { detailOf, type EcsCloud, type RunTaskBody, rowOf } from './ecs-cloud.ts';
import { describeServices } from './ecs-services.ts';

/** Keys in lower case. Lists and stops what a test put there. */
export const ecs = jsonService('ecs', (world, operation, body: Body) => answer(world, operation, body, null));

/** Starts tasks, too. */
export function ecsWith(cloud: EcsCloud): Service {
  return jsonService('ecs', (world, operation, body: Body) => answer(world, operation, body, cloud));
}

interface Body extends RunTaskBody {
  reason?: string;
  cluster?: string;
  tasks?: string[];
  services?: string[];
  task?: string;
  desiredStatus?: string;
  include?: string[];
  nextToken?: string;
}

function answer(world: AwsWorld, operation: string, body: Body, cloud: EcsCloud | null): unknown {
  if (operation === 'ListClusters') return { clusterArns: [cluster] };
  if (operation === 'DescribeServices') return describeServices(world, body);
  if (body.cluster !== cluster && body.cluster !== 'lab') {
    throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
  }
  switch (operation) {
    case 'RunTask': {
      if (cloud === null) throw unknownOperation(operation);
      const ran = cloud.run(world, body);
      return 'failure' in ran
        ? { tasks: [], failures: [{ reason: ran.failure }] }
        : { tasks: [row(ran.thing, true)], failures: [] };
    }
    case 'ListTasks': {
      if (body.startedBy !== undefined && body.desiredStatus !== undefined) {
        throw new ServiceError('InvalidParameterException', 'startedBy must be the only filter.');
      }
      const wanted = body.desiredStatus ?? 'RUNNING';
      const all = world
        .of('task')
        .filter((task) => desired(task) === wanted && (body.startedBy ?? starter(task)) === starter(task));
      const { items, next } = page(all, body.nextToken);
      return { taskArns: items.map(({ arn }) => arn), nextToken: next };
    }
    case 'DescribeTasks':
      return {
        tasks: world
          .of('task')
          .filter(({ arn }) => body.tasks!.includes(arn))
          .map((task) => row(task, body.include?.includes('TAGS') === true)),
        failures: [],
      };
    case 'StopTask': {
      const found = world.find('task', body.task!);
      if (!found) throw new ServiceError('InvalidParameterException', 'The referenced task was not found.');
      if (found.detail !== undefined) cloud!.stop(world, found, body.reason ?? '');
      else if (found.status !== 'STOPPED') world.end(found, 'DEACTIVATING', 'STOPPED');
      return { task: row(found, false) };
    }
    default:
      throw unknownOperation(operation);
  }
}

const starter = (task: Thing) => (task.detail === undefined ? task.name : detailOf(task).startedBy);

function desired(task: Thing): 'RUNNING' | 'STOPPED' {
  if (task.detail !== undefined) return detailOf(task).desired;
  const { status } = task;
  return status === 'RUNNING' || status === 'PENDING' ? 'RUNNING' : 'STOPPED';
}

function row(task: Thing, withTags: boolean): unknown {
  if (task.detail !== undefined) return rowOf(task, withTags);
  const { arn, name, status, tags } = task;
  return {
    taskArn: arn,
    clusterArn: cluster,
    startedBy: name,
    group: 'family:generator',
    lastStatus: status,
    desiredStatus: desired(task),
    tags: withTags ? Object.entries(tags).map(([key, value]) => ({ key, value })) : [],
  };
}
