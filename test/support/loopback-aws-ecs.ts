import { type AwsWorld, cluster, page, ServiceError, type Thing } from './loopback-aws-world.ts';

interface Body {
  cluster?: string;
  tasks?: string[];
  task?: string;
  desiredStatus?: string;
  include?: string[];
  nextToken?: string;
}

/** `AmazonEC2ContainerServiceV20141113.<operation>`, JSON 1.1; keys in lower case. */
export function ecs(world: AwsWorld, operation: string, body: Body): unknown {
  if (operation === 'ListClusters') return { clusterArns: [cluster] };
  if (body.cluster !== cluster && body.cluster !== 'lab') {
    throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
  }
  switch (operation) {
    case 'ListTasks': {
      const wanted = body.desiredStatus ?? 'RUNNING';
      const all = world.of('task').filter((task) => desired(task) === wanted);
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
      if (found.status !== 'STOPPED') world.end(found, 'DEACTIVATING', 'STOPPED');
      return { task: row(found, false) };
    }
    default:
      throw new ServiceError('UnknownOperationException', operation);
  }
}

function desired({ status }: Thing): 'RUNNING' | 'STOPPED' {
  return status === 'RUNNING' || status === 'PENDING' ? 'RUNNING' : 'STOPPED';
}

function row(task: Thing, withTags: boolean): unknown {
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
