/** What AwsSolutions of cdk-nag finds in production on ECS and what stays, each with its reason and its construct. */

export interface EcsFindings {
  /** `bucket/prefix/` of a model that is not packed; null for an archive or a parameter. */
  readonly modelPrefix?: string | null;
  /** Whether the VPC was given. */
  readonly ownVpc?: boolean;
  /** Whether access logs have a bucket. */
  readonly accessLogs?: boolean;
}

export interface EcsAcknowledgement {
  /** As the report prints it. */
  readonly id: string;
  /** Construct below the stack that it concerns. */
  readonly at: string;
  readonly reason: string;
}

export function productionOnEcsAcknowledgements({
  modelPrefix = null,
  ownVpc = false,
  accessLogs = false,
}: EcsFindings = {}): EcsAcknowledgement[] {
  const balancer = 'Service/Balancer/LoadBalancer';
  return [
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      at: 'Service/InstanceRole/DefaultPolicy',
      reason:
        'ecs:DiscoverPollEndpoint knows no resource; the others name an instance that has not joined yet, and a condition binds them to the cluster.',
    },
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      at: 'Service/Task/ExecutionRole/DefaultPolicy',
      reason: 'ecr:GetAuthorizationToken knows no resource.',
    },
    ...(modelPrefix === null
      ? []
      : [
          {
            id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${modelPrefix}*]`,
            at: 'Service/InstanceRole/DefaultPolicy',
            reason: 'An unpacked model is every object below its prefix, and nothing else of the bucket.',
          },
        ]),
    {
      id: 'AwsSolutions-AS3',
      at: 'Service/Fleet/Group',
      reason: 'Instances come and go by design; what must be told is watched by alarms of the service.',
    },
    {
      id: 'AwsSolutions-ECS2',
      at: 'Service/Task',
      reason: 'Settings of the server, never secrets; CDK adds AWS_REGION by itself.',
    },
    {
      id: 'AwsSolutions-EC23',
      at: `${balancer}/SecurityGroup`,
      reason: 'The rule cannot read the range of the VPC, which is an intrinsic: no ingress is open to the internet.',
    },
    ...(accessLogs
      ? []
      : [
          {
            id: 'AwsSolutions-ELB2',
            at: balancer,
            reason: 'Requests are counted by metrics; a line for each is the choice of whoever gives accessLogsBucket.',
          },
        ]),
    ...(ownVpc
      ? []
      : [
          {
            id: 'AwsSolutions-VPC7',
            at: 'Network/Vpc',
            reason: 'No route leaves this network; flow logs would record instances that talk to AWS alone.',
          },
        ]),
  ];
}
