/** What Images and Lab cost, by type of resource, at rest and at work. A test holds it against the templates. */

export interface CostDriver {
  /** While no sweep, build or preparation runs. */
  readonly idle: string;
  /** What makes it more. */
  readonly active: string;
}

export const costDrivers: Readonly<Record<string, CostDriver>> = {
  'AWS::S3::Bucket': { idle: 'gigabytes kept', active: 'requests' },
  'AWS::ECR::Repository': { idle: 'gigabytes kept, at most 10 builds of an image', active: 'pushes and scans' },
  'AWS::CodeBuild::Project': { idle: 'nothing', active: 'minutes of a large build machine, at most 60 a build' },
  'AWS::EC2::LaunchTemplate': {
    idle: 'nothing',
    active:
      'each host it launches: instance-hours up to the ceiling of its life, 100 GiB of gp3 meanwhile, a public IPv4 address in a public network',
  },
  'AWS::EC2::VPCEndpoint': {
    idle: 'gateway endpoints nothing; each interface endpoint of an isolated network by zone and hour',
    active: 'gigabytes through an interface endpoint',
  },
  'AWS::EC2::FlowLog': { idle: 'gigabytes of log', active: 'gigabytes of log; off by default' },
  'AWS::Logs::LogGroup': { idle: 'gigabytes of at most a month', active: 'gigabytes taken in' },
  'AWS::ECS::TaskDefinition': {
    idle: 'nothing',
    active: 'each load generator: 2 vCPU and 4 GiB of Fargate by the second, a public IPv4 address in a public network',
  },
  'AWS::CloudWatch::Dashboard': {
    idle: 'a month of a dashboard beyond the first three of an account',
    active: 'queries of logs while it is open',
  },
  'AWS::Lambda::Function': { idle: 'nothing', active: 'runs when the stack is deployed' },
};

/** What AWS bills nothing for. Whatever is in neither list is an omission. */
export const freeOfCharge: readonly string[] = [
  'AWS::EC2::InternetGateway',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ECS::Cluster',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::S3::BucketPolicy',
  'AWS::SSM::Parameter',
  'Custom::InfersweepDeletionGate',
  'Custom::VpcRestrictDefaultSG',
];
