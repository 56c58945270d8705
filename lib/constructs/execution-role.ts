import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** What a model's container runs as: the least of "CreateModel API: Execution Role Permissions" in SageMaker's guide. */
export function createExecutionRole(scope: Construct, id: string): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
    description: 'Runs a model server on SageMaker: its logs, its metrics, its image, its model files',
  });
}

/** Logs below SageMaker's own prefix and its own metrics. The endpoint's name is not known before the role is. */
export function grantObservability(grantee: IGrantable, scope: Construct): void {
  const logs = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '/aws/sagemaker/Endpoints/*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  Grant.addToPrincipal({
    grantee,
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resourceArns: [logs],
  });
  // CloudWatch metrics are no resource; the namespace confines it, as in AWS's managed policies for SageMaker clusters.
  Grant.addToPrincipal({
    grantee,
    actions: ['cloudwatch:PutMetricData'],
    resourceArns: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': ['/aws/sagemaker/Endpoints', 'AWS/SageMaker'] } },
  });
}

/** Network interfaces in the caller's VPC. The describe calls know no resource. */
export function grantNetwork(role: IRole, scope: Construct): void {
  const interfaces = ['network-interface', 'subnet', 'security-group'].map((resource) =>
    Stack.of(scope).formatArn({ service: 'ec2', resource, resourceName: '*' }),
  );
  Grant.addToPrincipal({
    grantee: role,
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:CreateNetworkInterfacePermission',
      'ec2:DeleteNetworkInterface',
      'ec2:DeleteNetworkInterfacePermission',
    ],
    resourceArns: interfaces,
  });
  Grant.addToPrincipal({
    grantee: role,
    actions: [
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    resourceArns: ['*'],
  });
}
