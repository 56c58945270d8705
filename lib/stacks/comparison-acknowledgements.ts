/** What the policies find in a comparison and what stays, each with its reason. */
import type { ComparisonStack } from './comparison-stack.ts';
import type { Acknowledgement } from './policy/acknowledge.ts';
import { productionAcknowledgements } from './production-acknowledgements.ts';

/** @param modelPrefixes for each side `bucket/prefix/` of a model that is not packed; null for an archive or a parameter */
export function comparisonAcknowledgements(
  stack: ComparisonStack,
  modelPrefixes: readonly (string | null)[],
): Acknowledgement[] {
  return [
    // Each side is an endpoint like one in production.
    ...modelPrefixes.flatMap((prefix, side) =>
      productionAcknowledgements(prefix).map((found) => ({ ...found, at: `Side${side}/${found.at}` })),
    ),
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      at: 'Traffic/Task/ExecutionRole/DefaultPolicy',
      reason: 'ecr:GetAuthorizationToken knows no resource.',
    },
    // The Scheduler target names its role after a hash of the task.
    ...stack.node.children
      .map(({ node }) => node.id)
      .filter((id) => id.startsWith('SchedulerRoleForTarget'))
      .filter((id) =>
        stack.node
          .findChild(id)
          .node.findAll()
          .some(({ node }) => node.path.includes('DefaultPolicy')),
      )
      .map((id) => ({
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<TrafficCluster46AEA9F9>/*]',
        at: `${id}/DefaultPolicy`,
        reason: 'A task has no id before it runs; the right is to tag it in that moment, in one cluster.',
      })),
    {
      id: 'AwsSolutions-ECS4',
      at: 'Traffic/Cluster',
      reason: 'Container Insights is billed by the metric, for one task that runs once.',
    },
    {
      id: 'AwsSolutions-VPC7',
      at: 'Traffic/Vpc',
      reason: 'It holds one task for some minutes; flow logs are billed by the gigabyte of a load test.',
    },
  ];
}
