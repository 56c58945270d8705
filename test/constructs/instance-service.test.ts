import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Peer, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AlarmBehavior, Cluster } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import type { InstanceServiceProps } from '../../lib/constructs/instance-service.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { containersOf, image, serviceWith } from '../support/instance-service.ts';
import { actionsOnEverything, statementsOf } from '../support/templates.ts';

const families: [string, string, { cpu: number; gpus: number; chips: number }][] = [
  ['g4dn.xlarge', 'gpu', { cpu: 4096, gpus: 1, chips: 0 }],
  ['g4dn.12xlarge', 'gpu', { cpu: 49_152, gpus: 4, chips: 0 }],
  ['inf1.xlarge', 'neuron', { cpu: 4096, gpus: 0, chips: 1 }],
  ['inf1.2xlarge', 'neuron', { cpu: 8192, gpus: 0, chips: 1 }],
  ['inf1.6xlarge', 'neuron', { cpu: 24_576, gpus: 0, chips: 4 }],
  ['inf1.24xlarge', 'neuron', { cpu: 98_304, gpus: 0, chips: 16 }],
  ['c7g.4xlarge', 'arm64', { cpu: 16_384, gpus: 0, chips: 0 }],
  ['c7i.4xlarge', '', { cpu: 16_384, gpus: 0, chips: 0 }],
];

const template = serviceWith().template();
const templateWith = (change: Partial<InstanceServiceProps>) => serviceWith(() => change).template();
const launchData = (of: Template) =>
  Object.values(of.findResources('AWS::EC2::LaunchTemplate'))[0]!['Properties'].LaunchTemplateData;

describe.each(families)('InstanceService on %s', (instanceType, hardware, { cpu, gpus, chips }) => {
  const made = templateWith({ instanceType });
  const [server] = containersOf(made) as [Record<string, unknown>];

  it('starts the ECS image of Amazon Linux 2023 for the family, no other', () => {
    const images = Object.values(made.findParameters('*'))
      .filter(({ Type }) => Type === 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>')
      .map(({ Default }) => Default);
    const path = hardware === '' ? '' : `${hardware}/`;
    expect(images).toEqual([`/aws/service/ecs/optimized-ami/amazon-linux-2023/${path}recommended/image_id`]);
    expect(launchData(made)).toMatchObject({ InstanceType: instanceType });
  });

  it('gives one task the whole instance: its processors, its GPUs, each of its chips', () => {
    expect(server['Cpu']).toBe(cpu);
    expect(server['ResourceRequirements']).toEqual(gpus === 0 ? undefined : [{ Type: 'GPU', Value: String(gpus) }]);
    const devices = (server['LinuxParameters'] as { Devices?: unknown[] }).Devices ?? [];
    expect(devices).toEqual(
      Array.from({ length: chips }, (_, chip) => ({
        HostPath: `/dev/neuron${chip}`,
        ContainerPath: `/dev/neuron${chip}`,
        Permissions: ['read', 'write'],
      })),
    );
  });

  it('constrains placement by distinct instances alone, lest ECS stop scaling out', () => {
    made.hasResourceProperties('AWS::ECS::Service', { PlacementConstraints: [{ Type: 'distinctInstance' }] });
    made.hasResourceProperties('AWS::ECS::TaskDefinition', { PlacementConstraints: Match.absent() });
  });
});

describe('InstanceService: how it grows and shrinks', () => {
  it('uses a capacity provider and no launch type', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: Match.absent(),
      CapacityProviderStrategy: [{ CapacityProvider: { Ref: Match.stringLikeRegexp('CapacityProvider') }, Weight: 1 }],
    });
  });

  it('uses every instance it pays for, protects those that run tasks, drains those that leave', () => {
    template.hasResourceProperties('AWS::ECS::CapacityProvider', {
      AutoScalingGroupProvider: {
        ManagedScaling: { Status: 'ENABLED', TargetCapacity: 100, InstanceWarmupPeriod: 300 },
        ManagedTerminationProtection: 'ENABLED',
        ManagedDraining: 'ENABLED',
      },
    });
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      NewInstancesProtectedFromScaleIn: true,
      MinSize: '0',
      MaxSize: '2',
      DesiredCapacity: Match.absent(),
    });
  });

  it('waits for new instances as long as they were measured to take', () => {
    templateWith({ instanceWarmup: Duration.seconds(412), targetCapacityPercent: 90 }).hasResourceProperties(
      'AWS::ECS::CapacityProvider',
      { AutoScalingGroupProvider: { ManagedScaling: { InstanceWarmupPeriod: 412, TargetCapacity: 90 } } },
    );
  });

  it('replaces instances when their model, type or image changes: new ones first, protected ones too', () => {
    templateWith({ instanceWarmup: Duration.seconds(412) }).hasResource('AWS::AutoScaling::AutoScalingGroup', {
      UpdatePolicy: {
        AutoScalingInstanceRefresh: Match.objectLike({
          Strategy: 'Rolling',
          Preferences: Match.objectLike({
            MinHealthyPercentage: 100,
            MaxHealthyPercentage: 125,
            InstanceWarmup: 412,
            ScaleInProtectedInstances: 'Refresh',
          }),
        }),
      },
    });
  });

  it('states no desired count, which an update would throw the service back to', () => {
    template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent() });
  });

  it('rolls a deployment back whose tasks do not come up, or on an alarm', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      HealthCheckGracePeriodSeconds: 600,
    });
    templateWith({ deploymentAlarms: { alarmNames: ['slow'] } }).hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: { Alarms: { Enable: true, Rollback: true, AlarmNames: ['slow'] } },
    });
  });

  it('takes alarms on its own metrics, which go round in no circle', () => {
    const { stack, service, template: made } = serviceWith();
    const metric = service.metricLatency({ period: Duration.minutes(1) });
    const alarm = new Alarm(stack, 'Slow', { metric, threshold: 0.5, evaluationPeriods: 3 });
    service.service.enableDeploymentAlarms([alarm.alarmName], { behavior: AlarmBehavior.ROLLBACK_ON_ALARM });
    made().hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        Alarms: { Enable: true, Rollback: true, AlarmNames: [{ Ref: Match.stringLikeRegexp('^Slow') }] },
        MaximumPercent: 200,
      },
    });
  });

  it('is deleted service first, so that the cluster lets its capacity provider go', () => {
    template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
      Cluster: { Ref: Match.stringLikeRegexp('Cluster') },
      CapacityProviders: [{ Ref: Match.stringLikeRegexp('CapacityProvider') }],
    });
    const [association] = Object.keys(template.findResources('AWS::ECS::ClusterCapacityProviderAssociations'));
    template.hasResource('AWS::ECS::Service', { DependsOn: Match.arrayWith([association]) });
  });

  it('joins a cluster of the app and refuses an imported one', () => {
    const joined = serviceWith((stack) => ({ cluster: new Cluster(stack, 'Own', { vpc: new Vpc(stack, 'Other') }) }));
    joined.template().resourceCountIs('AWS::ECS::Cluster', 1);
    expect(() =>
      serviceWith((stack) => ({
        cluster: Cluster.fromClusterAttributes(stack, 'Given', { clusterName: 'c', vpc: new Vpc(stack, 'Other') }),
      })),
    ).toThrow(/Given is imported.*would take away those it has/);
  });
});

describe('InstanceService: what it may do', () => {
  it('demands IMDSv2, one hop, and keeps tasks away from the instance’s credentials', () => {
    expect(launchData(template)).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    });
    expect(JSON.stringify(launchData(template).UserData)).toContain('ECS_AWSVPC_BLOCK_IMDS=true');
  });

  it('encrypts the volume, by the key it is given', () => {
    expect(launchData(template).BlockDeviceMappings).toEqual([
      {
        DeviceName: '/dev/xvda',
        Ebs: { Encrypted: true, VolumeSize: 100, VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ]);
    const own = serviceWith((stack) => ({ volumeKey: new Key(stack, 'Key'), volumeSizeGib: 200 })).template();
    expect(launchData(own).BlockDeviceMappings[0].Ebs).toMatchObject({
      Encrypted: true,
      VolumeSize: 200,
      KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] },
    });
    const policy = JSON.stringify(own.findResources('AWS::KMS::Key'));
    expect(policy).toContain('AWSServiceRoleForAutoScaling');
    expect(policy).toContain('"kms:GrantIsForAWSResource":true');
  });

  it('has three roles: the instance’s, the task’s, which may nothing, and the one that starts it', () => {
    template.resourceCountIs('AWS::IAM::Role', 3);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
    expect(statementsOf(template).flatMap(({ Action }) => Action)).toEqual([
      'ecs:DeregisterContainerInstance',
      'ecs:RegisterContainerInstance',
      'ecs:SubmitAttachmentStateChanges',
      'ecs:SubmitContainerStateChange',
      'ecs:SubmitTaskStateChange',
      'ecs:Poll',
      'ecs:StartTelemetrySession',
      'ecs:UpdateContainerInstancesState',
      'ecs:DiscoverPollEndpoint',
      's3:GetObject',
      's3:ListBucket',
      'ecr:GetAuthorizationToken',
      'ecr:BatchCheckLayerAvailability',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchGetImage',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(actionsOnEverything(template)).toEqual([
      'ecr:GetAuthorizationToken',
      'ecs:DiscoverPollEndpoint',
      'ecs:Poll',
      'ecs:StartTelemetrySession',
      'ecs:UpdateContainerInstancesState',
    ]);
    const polling = statementsOf(template).find(({ Action }) => [Action].flat().includes('ecs:Poll'));
    expect(polling?.Condition).toEqual({
      ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [expect.stringContaining('Cluster'), 'Arn'] } },
    });
  });

  it('reads one model and pulls one repository', () => {
    const text = JSON.stringify(statementsOf(template));
    expect(text).toContain(':s3:::models/bert/1/model.tar.gz');
    expect(text).toContain(':ecr:us-east-1:123456789012:repository/server');
  });

  it('runs as nobody, without capabilities, on a file system it cannot write', () => {
    const [server] = containersOf(template);
    expect(server).toMatchObject({
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      MountPoints: [{ ContainerPath: '/opt/ml/model', SourceVolume: 'model', ReadOnly: true }],
    });
    expect(server).not.toHaveProperty('Privileged');
  });

  it('lets torch.compile load what it compiled to /tmp', () => {
    expect(containersOf(template)[0]).toMatchObject({
      LinuxParameters: { Tmpfs: [{ ContainerPath: '/tmp', MountOptions: ['exec', 'nosuid', 'nodev'] }] },
    });
    const writable = containersOf(templateWith({ readonlyRootFilesystem: false, user: 'root' }))[0];
    expect(writable).toMatchObject({ ReadonlyRootFilesystem: false, User: 'root' });
    expect(writable!['LinuxParameters']).not.toHaveProperty('Tmpfs');
  });

  it('needs no download when the image holds the model', () => {
    const alone = templateWith({ modelData: ModelData.inImage() });
    expect(JSON.stringify(alone.toJSON())).not.toMatch(/s3:GetObject|aws s3/);
    expect(containersOf(alone)[0]).not.toHaveProperty('MountPoints');
  });

  it('watches the cluster and keeps logs for a month', () => {
    template.hasResourceProperties('AWS::ECS::Cluster', {
      ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('has no physical names and no doubts', () => {
    const { stack } = serviceWith();
    for (const name of ['ClusterName', 'ServiceName', 'AutoScalingGroupName', 'RoleName', 'LogGroupName', 'GroupName'])
      expect(JSON.stringify(template.toJSON())).not.toContain(`"${name}"`);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('InstanceService: how it is reached', () => {
  it('is internal, drops bad headers, and sends each request to the task with the fewest', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
      ]),
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetType: 'ip',
      Port: 8080,
      HealthCheckPath: '/v2/health/ready',
      TargetGroupAttributes: Match.arrayWith([
        { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
        { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
      ]),
    });
  });

  it('lets nobody in, and the load balancer only to the port of the tasks', () => {
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    const ingress = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')).map(
      (rule) => rule['Properties'],
    );
    expect(ingress).toEqual([
      expect.objectContaining({
        FromPort: 8080,
        ToPort: 8080,
        SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringContaining('LoadBalancerSecurityGroup'), 'GroupId'] },
      }),
    ]);
  });

  it('lets the server out nowhere', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Model server: requests from the load balancer, no way out',
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  it('opens the port of the listener to whom it is told', () => {
    const { service, template: made } = serviceWith();
    service.connections.allowDefaultPortFrom(Peer.ipv4('10.1.0.0/16'));
    made().hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.1.0.0/16', FromPort: 80 })],
    });
  });

  it('turns HTTP into HTTPS once it has a certificate', () => {
    const { service, template: made } = serviceWith((stack) => ({
      certificate: Certificate.fromCertificateArn(
        stack,
        'Certificate',
        'arn:aws:acm:us-east-1:123456789012:certificate/a',
      ),
    }));
    service.connections.allowDefaultPortFrom(Peer.ipv4('10.1.0.0/16'));
    made().hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
      ],
    });
    made().hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: Match.stringLikeRegexp('TLS13'),
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
    made().hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ FromPort: 443 })],
    });
    expect(service.url).toMatch(/^https:/);
  });

  it('writes access logs where it is told', () => {
    serviceWith((stack) => ({ accessLogsBucket: new Bucket(stack, 'Logs') }), {
      env: { account: '123456789012', region: 'us-east-1' },
    })
      .template()
      .hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
        LoadBalancerAttributes: Match.arrayWith([{ Key: 'access_logs.s3.enabled', Value: 'true' }]),
      });
  });

  it('names its metrics by load balancer, target group and service', () => {
    const { stack, service } = serviceWith();
    const seen = (metric: { toMetricConfig: () => unknown }) =>
      (stack.resolve(metric.toMetricConfig()) as { metricStat: Record<string, unknown> }).metricStat;
    expect(seen(service.metricRequests())).toMatchObject({
      namespace: 'AWS/ApplicationELB',
      metricName: 'RequestCount',
      statistic: 'Sum',
      dimensions: [{ name: 'LoadBalancer' }, { name: 'TargetGroup' }],
    });
    expect(seen(service.metricLatency())).toMatchObject({ metricName: 'TargetResponseTime', statistic: 'p95' });
    expect(seen(service.metricRequestsPerTarget())).toMatchObject({
      metricName: 'RequestCountPerTarget',
      statistic: 'Sum',
    });
    expect(seen(service.metricErrors())).toMatchObject({ metricName: 'HTTPCode_Target_5XX_Count', statistic: 'Sum' });
    expect(seen(service.metricBalancerErrors())).toMatchObject({ metricName: 'HTTPCode_ELB_5XX_Count' });
    expect(seen(service.metricUnhealthyTasks())).toMatchObject({
      metricName: 'UnHealthyHostCount',
      statistic: 'Maximum',
    });
    expect(seen(service.metricRunningTasks())).toMatchObject({
      namespace: 'ECS/ContainerInsights',
      dimensions: [{ name: 'ClusterName' }, { name: 'ServiceName' }],
    });
    expect(seen(service.metricDesiredTasks())).toMatchObject({
      namespace: 'ECS/ContainerInsights',
      metricName: 'DesiredTaskCount',
    });
    expect(seen(service.metricCapacityReservation())).toMatchObject({
      namespace: 'AWS/ECS/ManagedScaling',
      dimensions: [{ name: 'CapacityProviderName' }, { name: 'ClusterName' }],
    });
  });
});

describe('InstanceService: a front before the server', () => {
  const front = { image, port: 9000, environment: { UPSTREAM: 'http://127.0.0.1:8080' } };
  const made = templateWith({ front, sharedMemoryMib: 1024 });
  const [server, before] = containersOf(made) as [Record<string, unknown>, Record<string, unknown>];

  it('is one task of two containers on one loopback', () => {
    made.hasResourceProperties('AWS::ECS::TaskDefinition', { NetworkMode: 'awsvpc' });
    expect([server['Name'], before['Name']]).toEqual(['Server', 'Front']);
    expect(() => templateWith({ front: { ...front, port: 8080 } })).toThrow(/both listen on 8080/);
  });

  it('takes the requests', () => {
    made.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 9000 });
    made.hasResourceProperties('AWS::ECS::Service', {
      LoadBalancers: [Match.objectLike({ ContainerName: 'Front', ContainerPort: 9000 })],
    });
  });

  it('leaves GPU, model, shared memory and limits to the server', () => {
    expect(server).toMatchObject({
      ResourceRequirements: [{ Type: 'GPU', Value: '1' }],
      LinuxParameters: { SharedMemorySize: 1024 },
      Ulimits: [
        { Name: 'memlock', SoftLimit: -1, HardLimit: -1 },
        { Name: 'stack', SoftLimit: 67_108_864 },
        { Name: 'nofile', SoftLimit: 65_536 },
      ],
    });
    for (const key of ['ResourceRequirements', 'MountPoints', 'Ulimits']) expect(before).not.toHaveProperty(key);
    expect(before['LinuxParameters']).not.toHaveProperty('SharedMemorySize');
  });

  it('fills the instance together with the server', () => {
    expect((server['Cpu'] as number) + (before['Cpu'] as number)).toBe(4096);
  });

  it('starts once the server is healthy, however long its model takes', () => {
    expect(before['DependsOn']).toEqual([{ Condition: 'HEALTHY', ContainerName: 'Server' }]);
    expect(server).toMatchObject({
      StartTimeout: 600,
      HealthCheck: {
        Command: ['CMD', 'python3', '-c', expect.stringContaining("'http://127.0.0.1:8080/v2/health/ready'")],
        StartPeriod: 300,
        Interval: 30,
        Retries: 10,
      },
    });
    expect(() => templateWith({ front, startupTimeout: Duration.hours(1) })).toThrow(/can wait for its server 3300 s/);
  });

  it('is the only reason for a health check of ECS: the load balancer judges the task', () => {
    expect(containersOf(template)[0]).not.toHaveProperty('HealthCheck');
  });
});

describe('InstanceService refuses', () => {
  it.each<[Partial<InstanceServiceProps>, RegExp]>([
    [{ instanceType: 'ml.g4dn.xlarge' }, /"ml.g4dn.xlarge" is not in the catalog.*Did you mean g4dn.xlarge\?/],
    [{ volumeSizeGib: 20 }, /volumeSizeGib is 20, and the machine image alone takes 30/],
    [{ instanceType: 'inf2.xlarge' }, /knows no machine image for inf2.xlarge.*imageParameter/],
    [
      { imageParameter: '/aws/service/ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id' },
      /not of Amazon Linux 2023.*end of life on 2026-06-30/,
    ],
    [{ modelData: ModelData.fromUri("s3://models/it's/") }, /cannot be named in the script of an instance/],
  ])('%o', (change, message) => {
    expect(() => templateWith(change)).toThrow(message);
  });

  it('no image of one’s own', () => {
    const own = templateWith({ imageParameter: '/mine/gpu-ami' });
    expect(Object.values(own.findParameters('*')).map(({ Default }) => Default)).toContain('/mine/gpu-ami');
  });
});
