import { describe, expect, it } from 'vitest';
import { type CostRow, priceTemplate } from '../../../lib/core/cost/price-template.ts';
import type { Resource, Template } from '../../../lib/core/cost/template.ts';

const HOURS = 730;

function price(
  resources: Record<string, Resource>,
  rest: Omit<Template, 'Resources'> = {},
  hoursActive = HOURS,
): CostRow[] {
  return priceTemplate({ ...rest, Resources: resources }, { region: 'us-east-1', hoursActive });
}

function one(
  Type: string,
  Properties: Record<string, unknown> = {},
  rest: Omit<Template, 'Resources'> = {},
): CostRow[] {
  return price({ Thing: { Type, Properties } }, rest);
}

const month = ({ idleUsdPerMonth: idle, activeUsdPerMonth: active, maxUsdPerMonth: max }: CostRow) => [
  idle,
  active,
  max,
];
const rounded = (row: CostRow) => month(row).map((usd) => (usd === null ? null : Number(usd.toFixed(4))));

const endpoint = (variant: Record<string, unknown>): Record<string, Resource> => ({
  Config: {
    Type: 'AWS::SageMaker::EndpointConfig',
    Properties: { ProductionVariants: [{ VariantName: 'all', ModelName: 'm', ...variant }] },
  },
  Endpoint: {
    Type: 'AWS::SageMaker::Endpoint',
    Properties: { EndpointConfigName: { 'Fn::GetAtt': ['Config', 'EndpointConfigName'] } },
  },
});
const endpointRow = (resources: Record<string, Resource>, hoursActive = HOURS) =>
  price(resources, {}, hoursActive).find((row) => row.logicalId === 'Endpoint')!;

describe('a SageMaker endpoint', () => {
  const variant = { InstanceType: 'ml.g4dn.2xlarge', InitialInstanceCount: 3 };

  it('bills its initial instances the whole month when nothing scales them', () => {
    const row = endpointRow(endpoint(variant));
    expect(rounded(row)).toEqual([2058.6, 2058.6, 2058.6]);
    expect(row.unitPrice).toMatchObject({ usd: 0.94, per: 'hour', date: '2025-04-11' });
  });

  it('rests at the minimum of its scaling and may grow to the maximum', () => {
    const scaled = {
      ...endpoint(variant),
      Target: {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: {
          MinCapacity: 2,
          MaxCapacity: 5,
          ResourceId: {
            'Fn::Join': ['', ['endpoint/', { 'Fn::GetAtt': ['Endpoint', 'EndpointName'] }, '/variant/all']],
          },
        },
      },
    };
    expect(rounded(endpointRow(scaled))).toEqual([1372.4, 2058.6, 3431]);
    // A tenth of the month at three, the rest at two.
    expect(rounded(endpointRow(scaled, 73))[1]).toBe(1441.02);
    expect(rounded(endpointRow(scaled, 0))[1]).toBe(1372.4);
  });

  it('leaves a variant alone that another target scales', () => {
    const other = {
      ...endpoint(variant),
      Target: {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: {
          MinCapacity: 1,
          MaxCapacity: 9,
          ResourceId: {
            'Fn::Join': ['', ['endpoint/', { 'Fn::GetAtt': ['Endpoint', 'EndpointName'] }, '/variant/all-canary']],
          },
        },
      },
    };
    expect(rounded(endpointRow(other))).toEqual([2058.6, 2058.6, 2058.6]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a type without a price',
      { InstanceType: 'ml.inf1.xlarge', InitialInstanceCount: 1 },
      /no trustworthy price of ml.inf1.xlarge/,
    ],
    ['a serverless variant', { ServerlessConfig: { MemorySizeInMB: 2048 } }, /serverless/],
    ['instance pools', { InstancePools: [] }, /InstancePools/],
    ['a type from a parameter', { InstanceType: { Ref: 'Type' } }, /known only at deployment/],
    [
      'a count from a parameter',
      { InstanceType: 'ml.g4dn.xlarge', InitialInstanceCount: { Ref: 'Count' } },
      /Count is known only/,
    ],
  ])('has no figure for %s', (_, given, reason) => {
    const row = endpointRow(endpoint(given));
    expect(month(row)).toEqual([null, null, null]);
    expect(row.reason).toMatch(reason);
  });

  it('has a gap for a volume of its own', () => {
    const rows = price(endpoint({ ...variant, VolumeSizeInGB: 30 }));
    expect(rows.filter(({ logicalId }) => logicalId === 'Endpoint').map(({ kind }) => kind)).toEqual([
      'standing',
      'unknown',
    ]);
  });

  it.each([[{ Ref: 'P' }], [[{ Ref: 'P' }]], [[]], [undefined]])(
    'has no figure when its variants are %j',
    (ProductionVariants) => {
      const Config = { Type: 'AWS::SageMaker::EndpointConfig', Properties: { ProductionVariants } };
      const row = endpointRow({ ...endpoint(variant), Config });
      expect(month(row)).toEqual([null, null, null]);
      expect(row.reason).toBeTruthy();
    },
  );

  it('has no figure without its configuration', () => {
    expect(one('AWS::SageMaker::Endpoint', { EndpointConfigName: 'elsewhere' })[0]).toMatchObject({
      idleUsdPerMonth: null,
      reason: 'its EndpointConfig is not in this template',
    });
  });
});

describe('instances', () => {
  const launch = (data: Record<string, unknown>): Record<string, Resource> => ({
    Launch: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: data } },
  });
  const disk = [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp3', VolumeSize: 100, Throughput: 250, Iops: 4000 } }];
  const group = (
    data: Record<string, unknown>,
    properties: Record<string, unknown> = {},
  ): Record<string, Resource> => ({
    ...launch(data),
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        MinSize: '1',
        MaxSize: '4',
        DesiredCapacity: '2',
        LaunchTemplate: { LaunchTemplateId: { Ref: 'Launch' }, Version: '1' },
        ...properties,
      },
    },
  });
  const rowsOf = (resources: Record<string, Resource>) => price(resources).filter((row) => row.logicalId === 'Group');

  it('of a group are billed between its bounds, disks with them', () => {
    const [instances, size, iops, throughput, ...rest] = rowsOf(
      group({ InstanceType: 'c7g.xlarge', BlockDeviceMappings: disk }),
    );
    expect(rounded(instances!)).toEqual([105.85, 211.7, 423.4]);
    expect(rounded(size!)).toEqual([8, 16, 32]);
    expect(rounded(iops!)).toEqual([5, 10, 20]);
    expect(rounded(throughput!)).toEqual([5, 10, 20]);
    expect(rest).toEqual([]);
  });

  it('with addresses of their own pay for these', () => {
    const open = {
      InstanceType: 'c7g.xlarge',
      BlockDeviceMappings: disk,
      NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
    };
    expect(rowsOf(group(open)).map((row) => row.what)).toContain('public IPv4 addresses');
  });

  it('without disks in the template have a gap, for the AMI decides', () => {
    expect(rowsOf(group({ InstanceType: 'c7g.xlarge' }))[1]).toMatchObject({ kind: 'unknown', idleUsdPerMonth: null });
  });

  it('on Spot have no figure', () => {
    const spot = {
      InstanceType: 'c7g.xlarge',
      BlockDeviceMappings: disk,
      InstanceMarketOptions: { MarketType: 'spot' },
    };
    expect(rowsOf(group(spot))[0]).toMatchObject({ idleUsdPerMonth: null, reason: expect.stringMatching(/Spot/) });
  });

  it('of several types are billed as the dearest, a type without a price above all', () => {
    const mixed = (...types: string[]) => ({
      LaunchTemplate: undefined,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateId: { Ref: 'Launch' } },
          Overrides: types.map((InstanceType) => ({ InstanceType })),
        },
      },
    });
    const data = { BlockDeviceMappings: disk };
    expect(rowsOf(group(data, mixed('c7g.large', 'c7g.xlarge')))[0]!.what).toBe('1..4 x c7g.xlarge');
    expect(rowsOf(group(data, mixed('c7g.xlarge', 'bogus.large')))[0]).toMatchObject({ idleUsdPerMonth: null });
  });

  it('of a launch configuration, and one alone, are billed too', () => {
    const resources = {
      Launch: {
        Type: 'AWS::AutoScaling::LaunchConfiguration',
        Properties: { InstanceType: 'c7g.xlarge', BlockDeviceMappings: disk },
      },
      Group: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: { MinSize: '2', MaxSize: '2', LaunchConfigurationName: { Ref: 'Launch' } },
      },
    };
    expect(rounded(rowsOf(resources)[0]!)).toEqual([211.7, 211.7, 211.7]);
    const alone = price({
      ...launch({ InstanceType: 'c7g.large', BlockDeviceMappings: [{ Ebs: { VolumeSize: 8 } }] }),
      One: {
        Type: 'AWS::EC2::Instance',
        Properties: { InstanceType: 'c7g.xlarge', LaunchTemplate: { LaunchTemplateName: { Ref: 'Launch' } } },
      },
      Disk: { Type: 'AWS::EC2::Volume', Properties: { Size: 10, VolumeType: 'gp3' } },
    }).filter(({ kind }) => kind === 'standing');
    expect(alone.map(({ what, idleUsdPerMonth: usd }) => [what, Number(usd!.toFixed(4))])).toEqual([
      ['1 x c7g.xlarge', 105.85],
      ['8 GB gp2', 0.8],
      ['10 GB gp3', 0.8],
    ]);
  });

  it.each<[string, Record<string, Resource>, RegExp]>([
    ['without a launch template', group({}, { LaunchTemplate: undefined }), /launch template is not in/],
    ['whose launch template is elsewhere', group({}, { LaunchTemplate: { LaunchTemplateId: 'lt-1' } }), /is not in/],
    ['without a type', group({ BlockDeviceMappings: disk }), /instance type is known only/],
    ['mixed without a template', group({}, { MixedInstancesPolicy: {} }), /names no launch template/],
    [
      'mixed with a template elsewhere',
      group({}, { MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: {} } } }),
      /is not in this template/,
    ],
    [
      'with a disk of another type',
      group({ InstanceType: 'c7g.large', BlockDeviceMappings: [{ Ebs: { VolumeSize: 1, VolumeType: 'io2' } }] }),
      /type io2/,
    ],
    [
      'with a disk of unknown size',
      group({ InstanceType: 'c7g.large', BlockDeviceMappings: [{ Ebs: { SnapshotId: 's' } }] }),
      /size is known only/,
    ],
    [
      'whose disk has a speed from a parameter',
      group({ InstanceType: 'c7g.large', BlockDeviceMappings: [{ Ebs: { ...disk[0]!.Ebs, Iops: { Ref: 'P' } } }] }),
      /P is known only/,
    ],
  ])('%s have a gap', (_, resources, reason) => {
    const gap = rowsOf(resources).find((row) => row.idleUsdPerMonth === null);
    expect(gap?.reason).toMatch(reason);
  });

  it('whose tasks nobody can count have no figure; without managed scaling the group alone counts', () => {
    const carried = (status: string, count: unknown) => ({
      ...group({ InstanceType: 'c7g.xlarge', BlockDeviceMappings: disk }),
      Provider: {
        Type: 'AWS::ECS::CapacityProvider',
        Properties: {
          AutoScalingGroupProvider: { AutoScalingGroupArn: { Ref: 'Group' }, ManagedScaling: { Status: status } },
        },
      },
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: { DesiredCount: count, CapacityProviderStrategy: [{ CapacityProvider: { Ref: 'Provider' } }] },
      },
    });
    expect(month(rowsOf(carried('ENABLED', { Ref: 'P' }))[0]!)).toEqual([null, null, 0.145 * 4 * HOURS]);
    expect(rounded(rowsOf(carried('DISABLED', 3))[0]!)).toEqual([105.85, 211.7, 423.4]);
  });

  it.each([
    ['6', [211.7, 317.55, 635.1]],
    ['2', [211.7, 211.7, 211.7]],
  ])('under a capacity provider follow the tasks, one each, within the %s of the group', (MaxSize, figures) => {
    const provided = {
      ...group(
        { InstanceType: 'c7g.xlarge', BlockDeviceMappings: disk },
        { MinSize: '0', DesiredCapacity: '0', MaxSize },
      ),
      Provider: {
        Type: 'AWS::ECS::CapacityProvider',
        Properties: {
          AutoScalingGroupProvider: { AutoScalingGroupArn: { Ref: 'Group' }, ManagedScaling: { Status: 'ENABLED' } },
        },
      },
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: { DesiredCount: 3, CapacityProviderStrategy: [{ CapacityProvider: { Ref: 'Provider' } }] },
      },
      Target: {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: { MinCapacity: 2, MaxCapacity: 8, ResourceId: { 'Fn::GetAtt': ['Service', 'Name'] } },
      },
    };
    expect(rounded(rowsOf(provided)[0]!)).toEqual(figures);
  });
});

describe('tasks on Fargate', () => {
  const task = {
    RequiresCompatibilities: ['FARGATE'],
    Cpu: '2048',
    Memory: '4096',
    RuntimePlatform: { CpuArchitecture: 'ARM64' },
  };
  it('never counts less at work than at rest', () => {
    const scaled = (DesiredCount?: number) =>
      price({
        Task: { Type: 'AWS::ECS::TaskDefinition', Properties: { Cpu: '1024', Memory: '2048' } },
        Service: {
          Type: 'AWS::ECS::Service',
          Properties: { LaunchType: 'FARGATE', TaskDefinition: { Ref: 'Task' }, DesiredCount },
        },
        Target: {
          Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
          Properties: { MinCapacity: 2, MaxCapacity: 8, ResourceId: { 'Fn::GetAtt': ['Service', 'Name'] } },
        },
      }).find(({ what }) => what?.includes('vCPU'))!;
    expect(scaled().activeUsdPerMonth).toBe(scaled().idleUsdPerMonth);
    expect(scaled(3).activeUsdPerMonth).toBeCloseTo(1.5 * scaled(3).idleUsdPerMonth!, 9);
  });

  it('of a service bill by their size', () => {
    const rows = price({
      Task: { Type: 'AWS::ECS::TaskDefinition', Properties: task },
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: { LaunchType: 'FARGATE', TaskDefinition: { Ref: 'Task' }, DesiredCount: 2 },
      },
    });
    expect(rows.map(rounded)).toEqual([[0, 0, 0], ...[94.5496, 20.7904].map((usd) => [usd, usd, usd])]);
  });

  const serviceOf = (given: Record<string, unknown>, own: Record<string, unknown> = task): CostRow[] =>
    price({
      Task: { Type: 'AWS::ECS::TaskDefinition', Properties: own },
      Service: { Type: 'AWS::ECS::Service', Properties: { TaskDefinition: { Ref: 'Task' }, ...given } },
    }).filter(({ logicalId }) => logicalId === 'Service');

  it('with addresses of their own pay for these', () => {
    const network = { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } };
    const strategy = [{ CapacityProvider: 'FARGATE' }];
    expect(
      serviceOf({ CapacityProviderStrategy: strategy, NetworkConfiguration: network }).map(({ what }) => what),
    ).toEqual(['1 tasks x 2 vCPU', '1 tasks x 4 GB', 'public IPv4 addresses']);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    ['on Spot', { CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT' }] }, task, /Fargate Spot/],
    ['of a definition elsewhere', { LaunchType: 'FARGATE', TaskDefinition: 'arn' }, task, /not in this template/],
    ['whose CPU is a parameter', { LaunchType: 'FARGATE' }, { ...task, Cpu: { Ref: 'P' } }, /P is known only/],
    ['whose memory is a parameter', { LaunchType: 'FARGATE' }, { ...task, Memory: { Ref: 'P' } }, /P is known only/],
  ])('%s have no figure', (_, given, own, reason) => {
    expect(serviceOf(given, own)).toEqual([
      expect.objectContaining({ idleUsdPerMonth: null, reason: expect.stringMatching(reason) }),
    ]);
  });

  it('on instances cost nothing of their own, nor does their definition', () => {
    expect(serviceOf({ LaunchType: 'EC2' })[0]).toMatchObject({ kind: 'free', idleUsdPerMonth: 0 });
    expect(one('AWS::ECS::TaskDefinition', { RequiresCompatibilities: ['EC2'] })[0]).toMatchObject({ kind: 'free' });
  });

  it('of x86 have the price of x86, of no size none, elsewhere none', () => {
    const x86 = { ...task, RuntimePlatform: undefined };
    expect(one('AWS::ECS::TaskDefinition', x86)[0]!.unitPrice!.usd).toBeCloseTo(0.04048 * 2 + 0.004445 * 4, 9);
    expect(one('AWS::ECS::TaskDefinition', { ...task, Cpu: undefined })[0]).toMatchObject({ idleUsdPerMonth: null });
    const resources = { Task: { Type: 'AWS::ECS::TaskDefinition', Properties: task } };
    const [row] = priceTemplate({ Resources: resources }, { region: 'eu-west-1', hoursActive: HOURS });
    expect(row).toMatchObject({ unitPrice: null, idleUsdPerMonth: 0, reason: expect.stringMatching(/eu-west-1/) });
  });

  it('observed by Container Insights cost more by use', () => {
    const settings = [{ Name: 'containerInsights', Value: 'enhanced' }];
    expect(one('AWS::ECS::Cluster', { ClusterSettings: settings }).map(({ kind }) => kind)).toEqual(['free', 'usage']);
    expect(one('AWS::ECS::Cluster', {}).map(({ kind }) => kind)).toEqual(['free']);
  });

  it('that nothing keeps running cost by the hour of use', () => {
    expect(one('AWS::ECS::TaskDefinition', task)[0]).toMatchObject({
      kind: 'usage',
      idleUsdPerMonth: 0,
      unitPrice: { usd: 0.03238 * 2 + 0.00356 * 4 },
    });
  });
});

describe('what stands', () => {
  const alarm = 'AWS::CloudWatch::Alarm';
  const scaling = 'AWS::ApplicationAutoScaling::ScalingPolicy';
  const metrics = (periods: number[]) => ({
    Metrics: [{ Id: 'e', Expression: 'a/b' }, ...periods.map((Period, i) => ({ Id: `m${i}`, MetricStat: { Period } }))],
  });
  it.each<[string, string, Record<string, unknown>, number]>([
    ['a NAT gateway', 'AWS::EC2::NatGateway', {}, 32.85],
    ['an address', 'AWS::EC2::EIP', {}, 3.65],
    [
      'an interface endpoint in two zones',
      'AWS::EC2::VPCEndpoint',
      { VpcEndpointType: 'Interface', SubnetIds: [{ Ref: 'A' }, { Ref: 'B' }] },
      14.6,
    ],
    ['a gateway endpoint', 'AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }, 0],
    ['an internal load balancer', 'AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' }, 16.425],
    [
      'an open load balancer in two zones',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      { Subnets: ['a', 'b'] },
      23.725,
    ],
    ['a key', 'AWS::KMS::Key', {}, 1],
    ['an alarm', alarm, { MetricName: 'x', Period: 300 }, 0.1],
    ['an alarm on two metrics', alarm, metrics([60, 300]), 0.2],
    ['a fast alarm', alarm, { MetricName: 'x', Period: 10 }, 0.3],
    ['a composite alarm', 'AWS::CloudWatch::CompositeAlarm', {}, 0.5],
    ['target tracking', scaling, { TargetTrackingScalingPolicyConfiguration: { TargetValue: 1 } }, 0.2],
    [
      'fast target tracking',
      scaling,
      {
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: {
            PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
          },
        },
      },
      0.6,
    ],
    ['step scaling', scaling, { StepScalingPolicyConfiguration: {} }, 0],
    ['a dashboard', 'AWS::CloudWatch::Dashboard', {}, 3],
    ['a budget', 'AWS::Budgets::Budget', {}, 0],
    ['a role', 'AWS::IAM::Role', {}, 0],
    ['a table on demand', 'AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' }, 0],
    [
      'a table with capacity',
      'AWS::DynamoDB::Table',
      { ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 } },
      5.694,
    ],
    ['a function', 'AWS::Lambda::Function', {}, 0],
    ['a custom resource', 'Custom::Reaper', {}, 0],
  ])('of %s', (_, type, properties, usd) => {
    const rows = one(type, properties);
    expect(rows.reduce((sum, row) => sum + row.idleUsdPerMonth!, 0)).toBeCloseTo(usd, 9);
    for (const row of rows) expect(row.reason ?? row.unitPrice, 'a zero has a reason or a price').not.toBeNull();
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['an unknown type', 'AWS::RDS::DBInstance', {}],
    ['a nested stack', 'AWS::CloudFormation::Stack', {}],
    [
      'an endpoint whose zones are a parameter',
      'AWS::EC2::VPCEndpoint',
      { VpcEndpointType: 'Interface', SubnetIds: { Ref: 'S' } },
    ],
    ['an anomaly alarm', alarm, { ThresholdMetricId: 'band' }],
    ['an advanced parameter', 'AWS::SSM::Parameter', { Tier: 'Advanced' }],
    ['provisioned concurrency', 'AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: {} }],
  ])('is unknown of %s', (_, type, properties) => {
    const gap = one(type, properties).find((row) => row.idleUsdPerMonth === null);
    expect(gap?.reason).toBeTruthy();
  });
});

describe('usage', () => {
  const whats = (rows: CostRow[]) => rows.map(({ what, reason }) => (what ?? reason)!);
  it('is named for each thing that is charged', () => {
    const durable = { Architectures: ['arm64'], DurableConfig: {} };
    expect(whats(one('AWS::Lambda::Function', durable))).toEqual([
      'per million requests',
      'per GB-second',
      'durable-operations',
    ]);
    const recovered = {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    };
    expect(whats(one('AWS::DynamoDB::Table', recovered))).toContain('per GB of point-in-time recovery and month');
    const { PointInTimeRecoverySpecification: specification, BillingMode } = recovered;
    const replicas = { BillingMode, Replicas: [{ PointInTimeRecoverySpecification: specification }] };
    expect(whats(one('AWS::DynamoDB::GlobalTable', replicas))).toContain('per GB of point-in-time recovery and month');
    for (const type of [
      'S3::Bucket',
      'ECR::Repository',
      'SNS::Topic',
      'Scheduler::Schedule',
      'Events::EventBus',
      'Logs::LogGroup',
      'Logs::MetricFilter',
      'SQS::Queue',
    ])
      expect(one(`AWS::${type}`).map((row) => [row.kind, row.idleUsdPerMonth])).toContainEqual(['usage', 0]);
  });

  it('of a table whose capacity is not given is no figure', () => {
    expect(one('AWS::DynamoDB::Table', {})[0]).toMatchObject({ kind: 'standing', idleUsdPerMonth: null });
    expect(one('AWS::Lambda::Version', {})[0]).toMatchObject({ kind: 'free' });
    expect(one('AWS::Budgets::BudgetsAction', {})[0]!.idleUsdPerMonth).toBeCloseTo((0.1 * HOURS) / 24, 9);
  });

  it('names its unit price and stands at nothing', () => {
    expect(
      one('AWS::CodeBuild::Project', { Environment: { ComputeType: 'BUILD_GENERAL1_LARGE', Type: 'LINUX_CONTAINER' } }),
    ).toEqual([
      expect.objectContaining({
        kind: 'usage',
        what: 'per build minute',
        idleUsdPerMonth: 0,
        unitPrice: expect.objectContaining({ usd: 0.02 }),
      }),
    ]);
  });

  it('without a sourced price says so; idle it is still nothing', () => {
    expect(
      one('AWS::CodeBuild::Project', { Environment: { ComputeType: 'BUILD_GENERAL1_LARGE', Type: 'ARM_CONTAINER' } }),
    ).toEqual([
      expect.objectContaining({
        unitPrice: null,
        idleUsdPerMonth: 0,
        reason: 'no sourced price of codebuild-arm1.large in us-east-1 is known',
      }),
    ]);
  });
});

describe('conditions', () => {
  const nat: Resource = { Type: 'AWS::EC2::NatGateway', Condition: 'Wanted' };
  it('that surely fail leave nothing', () => {
    const rest = {
      Parameters: { P: { Type: 'String', Default: 'no' } },
      Conditions: { Wanted: { 'Fn::Equals': [{ Ref: 'P' }, 'yes'] } },
    };
    expect(price({ Nat: nat }, rest)).toEqual([]);
  });

  it('that deployment decides are counted and said', () => {
    const rest = {
      Parameters: { P: { Type: 'String' } },
      Conditions: { Wanted: { 'Fn::Equals': [{ Ref: 'P' }, 'yes'] } },
    };
    expect(price({ Nat: nat }, rest)[0]).toMatchObject({
      idleUsdPerMonth: 0.045 * HOURS,
      reason: 'counted, though condition Wanted is decided at deployment',
    });
  });
});

describe('a region', () => {
  const nat = { Resources: { Nat: { Type: 'AWS::EC2::NatGateway' } } };
  it.each([
    ['eu-west-1', /no sourced price of nat-gateway in eu-west-1/],
    [null, /no region is set/],
  ])('%s never takes the price of another', (region, reason) => {
    const [row] = priceTemplate(nat, { region, hoursActive: HOURS });
    expect(row).toMatchObject({ idleUsdPerMonth: null, unitPrice: null, reason: expect.stringMatching(reason) });
  });
});
