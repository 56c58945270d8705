/** Services of the loopback ECS. Source: API reference, DescribeServices (at most ten; what is not there is a failure). */
import { type AwsWorld, account, region, ServiceError } from '../world.ts';

interface Counts {
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
}

export interface ServiceDetail {
  targetGroupArn: string;
  counts(): Counts;
}

export function describeServices(
  world: AwsWorld,
  { cluster = 'default', services = [] }: { cluster?: string; services?: string[] },
): unknown {
  if (services.length > 10)
    throw new ServiceError('InvalidParameterException', 'services can have at most 10 elements.');
  const clusterName = cluster.split('/').at(-1)!;
  const all = world.of('service').filter(({ name }) => name.startsWith(`${clusterName}/`));
  if (all.length === 0) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
  const rows = services.map((wanted) => {
    const name = wanted.split('/').at(-1)!;
    return { name, found: all.find((thing) => thing.name === `${clusterName}/${name}`) };
  });
  return {
    services: rows.flatMap(({ name, found }) => {
      if (!found) return [];
      const { targetGroupArn, counts } = found.detail as unknown as ServiceDetail;
      return {
        serviceArn: found.arn,
        serviceName: name,
        clusterArn: `arn:aws:ecs:${region}:${account}:cluster/${clusterName}`,
        loadBalancers: [{ targetGroupArn, containerName: 'Server', containerPort: 8080 }],
        status: found.status,
        ...counts(),
      };
    }),
    failures: rows.flatMap(({ name, found }) =>
      found ? [] : [{ arn: `arn:aws:ecs:${region}:${account}:service/${clusterName}/${name}`, reason: 'MISSING' }],
    ),
  };
}
