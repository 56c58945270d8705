import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * What an instance of the fleet may do: join one cluster and hear from it. Images and logs are the execution role's
 * business, for the agent is told to use it. The managed policy AmazonEC2ContainerServiceforEC2Role allows all of this
 * on every cluster, and more.
 */
export function createInstanceRole(scope: Construct, cluster: ICluster): Role {
  const role = new Role(scope, 'InstanceRole', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    description: 'Instance of an inference fleet: joins its cluster, reads its model',
  });
  const grant = (actions: string[], resourceArns: string[], conditions?: Record<string, Record<string, unknown>>) =>
    Grant.addToPrincipal({ grantee: role, actions, resourceArns, conditions });
  grant(
    [
      'ecs:DeregisterContainerInstance',
      'ecs:RegisterContainerInstance',
      'ecs:SubmitAttachmentStateChanges',
      'ecs:SubmitContainerStateChange',
      'ecs:SubmitTaskStateChange',
    ],
    [cluster.clusterArn],
  );
  // Their resource is the instance itself, whose name is not known before it has joined.
  grant(['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'], ['*'], {
    ArnEquals: { 'ecs:cluster': cluster.clusterArn },
  });
  // Knows no resource.
  grant(['ecs:DiscoverPollEndpoint'], ['*']);
  return role;
}
