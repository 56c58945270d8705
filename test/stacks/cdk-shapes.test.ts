/** What CDK's own constructs write is priced and judged, not only what a test wrote by hand. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';
import { type CostRow, priceTemplate } from '../../lib/core/cost/price-template.ts';
import type { Template as Plain } from '../../lib/core/cost/template.ts';
import { rules } from '../../lib/stacks/policy/all-rules.ts';

const env = { account: '123456789012', region: 'us-east-1' };

function fleet(): Stack {
  const stack = new Stack(new App(), 'Fleet', { env });
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
  vpc.addInterfaceEndpoint('Logs', { service: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS });
  vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc });
  const launchTemplate = new ec2.LaunchTemplate(stack, 'Launch', {
    instanceType: new ec2.InstanceType('g4dn.xlarge'),
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.GPU),
    requireImdsv2: true,
    userData: ec2.UserData.forLinux(),
    role: new Role(stack, 'Host', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    securityGroup: new ec2.SecurityGroup(stack, 'Group', { vpc }),
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: ec2.BlockDeviceVolume.ebs(50, { volumeType: ec2.EbsDeviceVolumeType.GP3 }),
      },
    ],
  });
  const group = new AutoScalingGroup(stack, 'Instances', { vpc, launchTemplate, minCapacity: 0, maxCapacity: 6 });
  const provider = new ecs.AsgCapacityProvider(stack, 'Provider', { autoScalingGroup: group });
  cluster.addAsgCapacityProvider(provider);
  const digest = StringParameter.valueForStringParameter(stack, '/infersweep/images/server');
  const repository = new Repository(stack, 'Images', {
    imageTagMutability: TagMutability.IMMUTABLE,
    imageScanOnPush: true,
  });
  const task = new ecs.Ec2TaskDefinition(stack, 'Task');
  task.addContainer('server', {
    image: ecs.ContainerImage.fromRegistry(repository.repositoryUriForDigest(digest)),
    memoryLimitMiB: 512,
    gpuCount: 1,
    portMappings: [{ containerPort: 8080 }],
  });
  const service = new ecs.Ec2Service(stack, 'Service', {
    cluster,
    taskDefinition: task,
    desiredCount: 3,
    capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName, weight: 1 }],
  });
  service
    .autoScaleTaskCount({ minCapacity: 2, maxCapacity: 5 })
    .scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 50 });
  const balancer = new ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: false });
  balancer.addListener('Http', { port: 80, open: false }).addTargets('Service', { port: 80, targets: [service] });
  return stack;
}

function rowsOf(stack: Stack): CostRow[] {
  const template = Template.fromStack(stack).toJSON() as Plain;
  return priceTemplate(template, { region: 'us-east-1', hoursActive: 730 });
}
const findings = (stack: Stack) => {
  const template = Template.fromStack(stack).toJSON() as Plain;
  return rules.flatMap((rule) =>
    rule.check(template).map(({ logicalId, what }) => `${rule.name} ${logicalId}: ${what}`),
  );
};
const standing = (rows: CostRow[]) =>
  Object.fromEntries(
    rows
      .filter(({ kind, type }) => kind === 'standing' || type === 'unknown')
      .map((row) => [
        `${row.type.split('::').slice(1).join(' ')}: ${row.what}`,
        [row.idleUsdPerMonth, row.activeUsdPerMonth, row.maxUsdPerMonth].map((usd) => usd && Number(usd.toFixed(2))),
      ]),
  );

describe('a service on instances', () => {
  const stack = fleet();

  it('costs its instances, as many as tasks, and what stands around them', () => {
    const rows = rowsOf(stack);
    expect(rows.filter(({ kind }) => kind === 'unknown').map(({ type, reason }) => `${type}: ${reason}`)).toEqual([]);
    expect(standing(rows)).toEqual({
      'ApplicationAutoScaling ScalingPolicy: two standard alarms that target tracking makes': [0.2, 0.2, 0.2],
      'AutoScaling AutoScalingGroup: 2..6 x g4dn.xlarge': [767.96, 1151.94, 2303.88],
      'AutoScaling AutoScalingGroup: 50 GB gp3': [8, 12, 24],
      'EC2 EIP: public IPv4 address': [3.65, 3.65, 3.65],
      'EC2 NatGateway: NAT gateway': [32.85, 32.85, 32.85],
      'EC2 VPCEndpoint: interface endpoint in 2 zones': [14.6, 14.6, 14.6],
      'ElasticLoadBalancingV2 LoadBalancer: application load balancer': [16.43, 16.43, 16.43],
    });
  });

  it('keeps the policy', () => {
    expect(findings(stack)).toEqual([]);
  });
});

describe('small things', () => {
  const stack = new Stack(new App(), 'Small', { env });
  new Key(stack, 'Key');
  new TableV2(stack, 'Ledger', { partitionKey: { name: 'id', type: 'S' as never } });
  new Lambda(stack, 'Reaper', { runtime: Runtime.NODEJS_24_X, handler: 'i.h', code: Code.fromInline('x') });
  const errors = new cloudwatch.Metric({ namespace: 'a', metricName: 'b' });
  new cloudwatch.Alarm(stack, 'Alarm', { metric: errors, threshold: 1, evaluationPeriods: 1 });
  new cloudwatch.Alarm(stack, 'Rate', {
    metric: new cloudwatch.MathExpression({
      expression: 'a/b',
      usingMetrics: { a: errors, b: errors.with({ label: 'b' }) },
    }),
    threshold: 1,
    evaluationPeriods: 1,
  });
  new cloudwatch.Dashboard(stack, 'Dashboard');

  it('are all known', () => {
    const rows = rowsOf(stack);
    expect(rows.filter(({ kind }) => kind === 'unknown')).toEqual([]);
    expect(standing(rows)).toEqual({
      'KMS Key: key': [1, 1, 1],
      'CloudWatch Alarm: standard alarm on 1 metric': [0.1, 0.1, 0.1],
      'CloudWatch Alarm: standard alarm on 2 metrics': [0.2, 0.2, 0.2],
      'CloudWatch Dashboard: dashboard': [3, 3, 3],
    });
    expect(rows.filter(({ type }) => type === 'AWS::DynamoDB::GlobalTable').map(({ what }) => what)).toEqual([
      'per million writes',
      'per million reads',
      'per GB stored and month',
    ]);
  });
});
