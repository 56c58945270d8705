import { arn, jsonBody, passRole, type RequirementsOf, requestTags, resourceTags, unknown } from './iam-requirement.ts';
import { type AwsWorld, account, region } from './world.ts';

interface Body {
  cluster?: string;
  task?: string;
  tasks?: string[];
  services?: string[];
  taskDefinition?: string;
  tags?: { key: string; value: string }[];
}

export const ecsRequirements: RequirementsOf = (operation, request, world) => {
  const body = jsonBody<Body>(request);
  const action = `ecs:${operation}`;
  const clusterName = (body.cluster ?? 'default').split('/').at(-1)!;
  const inCluster = { 'ecs:cluster': arn('ecs', `cluster/${clusterName}`) };
  const ofTask = (task: string) => {
    const resource = task.startsWith('arn:') ? task : arn('ecs', `task/${clusterName}/${task}`);
    return { action, resource, context: { ...inCluster, ...resourceTags(world.find('task', task)) } };
  };
  switch (operation) {
    case 'ListClusters':
      return [{ action, resource: '*' }];
    case 'ListTasks':
      return [{ action, resource: arn('ecs', `container-instance/${clusterName}/*`), context: inCluster }];
    case 'DescribeServices':
      return body.services!.map((service) => ({
        action,
        resource: service.startsWith('arn:') ? service : arn('ecs', `service/${clusterName}/${service}`),
        context: inCluster,
      }));
    case 'DescribeTasks':
      return body.tasks!.map(ofTask);
    case 'StopTask':
      return [ofTask(body.task!)];
    case 'RunTask': {
      const tags = requestTags(Object.fromEntries((body.tags ?? []).map(({ key, value }) => [key, value])));
      const resource = definitionArn(body.taskDefinition!);
      return [
        { action, resource, context: { ...inCluster, ...tags } },
        ...(body.tags?.length
          ? [
              {
                action: 'ecs:TagResource',
                resource: arn('ecs', `task/${clusterName}/*`),
                context: { ...tags, 'ecs:CreateAction': 'RunTask' },
              },
            ]
          : []),
        ...rolesOf(resource, world).flatMap((role) => passRole(role, 'ecs-tasks.amazonaws.com')),
      ];
    }
    default:
      return unknown('ecs', operation);
  }
};

function definitionArn(name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:ecs:${region}:${account}:task-definition/${name}`;
}

function rolesOf(definition: string, { taskDefinitions }: AwsWorld): string[] {
  const found = taskDefinitions.get(definition);
  if (!found) throw new Error(`IAM asks for the roles of ${definition}: put it into world.taskDefinitions`);
  return found.roleArns;
}
