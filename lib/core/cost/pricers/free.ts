/** What AWS does not charge for, and why. A type that is in no table is unknown, never free. */
export const freeTypes: Readonly<Record<string, string>> = {
  ...because('no charge for IAM', ['Role', 'Policy', 'ManagedPolicy', 'InstanceProfile', 'ServiceLinkedRole'], 'IAM'),
  ...because(
    'no charge for the parts of a VPC; what is attached to them bills itself',
    [
      ...['VPC', 'Subnet', 'RouteTable', 'Route', 'SubnetRouteTableAssociation', 'InternetGateway'],
      ...['VPCGatewayAttachment', 'SecurityGroup', 'SecurityGroupIngress', 'SecurityGroupEgress'],
      ...['NetworkAcl', 'NetworkAclEntry', 'SubnetNetworkAclAssociation', 'PrefixList'],
    ],
    'EC2',
  ),
  ...because('bills nothing until an instance starts from it', ['LaunchTemplate'], 'EC2'),
  ...because('bills through the log group or bucket that it writes to', ['FlowLog'], 'EC2'),
  ...because('bills nothing until an endpoint runs it', ['Model', 'EndpointConfig'], 'SageMaker'),
  ...because(
    'no charge for model packages; their files are in a bucket',
    ['ModelPackageGroup', 'ModelPackage'],
    'SageMaker',
  ),
  ...because('no charge for what may be scaled', ['ScalableTarget'], 'ApplicationAutoScaling'),
  ...because('no charge for scaling of instances', ['LifecycleHook', 'ScheduledAction', 'WarmPool'], 'AutoScaling'),
  ...because('bills nothing until an instance starts from it', ['LaunchConfiguration'], 'AutoScaling'),
  ...because('no charge for the parts of ECS', ['CapacityProvider', 'ClusterCapacityProviderAssociations'], 'ECS'),
  ...because(
    'part of its load balancer',
    ['Listener', 'ListenerRule', 'ListenerCertificate', 'TargetGroup'],
    'ElasticLoadBalancingV2',
  ),
  ...because(
    'part of its function',
    ['Permission', 'EventInvokeConfig', 'LayerVersion', 'EventSourceMapping'],
    'Lambda',
  ),
  ...because('part of its bucket', ['BucketPolicy'], 'S3'),
  ...because('part of its topic; what it delivers is charged to the topic', ['TopicPolicy', 'Subscription'], 'SNS'),
  ...because('part of its queue', ['QueuePolicy'], 'SQS'),
  ...because('part of its key', ['Alias'], 'KMS'),
  ...because('part of the schedules in it', ['ScheduleGroup'], 'Scheduler'),
  ...because('a rule is not charged, nor are events of AWS services', ['Rule'], 'Events'),
  ...because('part of its log group', ['LogStream', 'SubscriptionFilter', 'ResourcePolicy', 'QueryDefinition'], 'Logs'),
  ...because('no charge for groups of resources', ['Group'], 'ResourceGroups'),
  ...because('never becomes a resource', ['Metadata'], 'CDK'),
  ...because('only makes the stack wait', ['WaitConditionHandle', 'WaitCondition'], 'CloudFormation'),
};

function because(reason: string, types: readonly string[], service: string): Record<string, string> {
  return Object.fromEntries(types.map((type) => [`AWS::${service}::${type}`, reason]));
}
