import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { CONTROLLER_PATH, labSchema } from '../../lib/core/catalog/lab.ts';
import { kitStacks } from '../support/kit-stacks.ts';
import { allowed, rendered, statementsOfRole } from '../support/rights.ts';
import { actionsOnEverything, type Statement } from '../support/templates.ts';

const { template: templates } = kitStacks();
const template = templates.lab;
const short = (line: string) => line.replace(/<([a-zA-Z]+?)[0-9A-F]{8}(\.Arn)?>/g, '<$1>');

function idOf(type: string, pattern: RegExp): string {
  const found = Object.keys(template.findResources(type)).filter((id) => pattern.test(id));
  expect(found).toHaveLength(1);
  return found[0]!;
}

const rightsOf = (pattern: RegExp) => allowed(statementsOfRole(template, idOf('AWS::IAM::Role', pattern))).map(short);

describe('LabStack', () => {
  it('runs nothing by itself', () => {
    for (const type of [
      'EC2::Instance',
      'AutoScaling::AutoScalingGroup',
      'ECS::Service',
      'SageMaker::Endpoint',
      'EC2::NatGateway',
    ])
      template.resourceCountIs(`AWS::${type}`, 0);
  });

  it('shares the network of the preparations when it is given that', () => {
    template.resourceCountIs('AWS::EC2::VPC', 0);
    kitStacks({ lab: { network: undefined } }).template.lab.resourceCountIs('AWS::EC2::VPC', 1);
  });

  it('has a launch template for each family and nobody but the load generator can reach the hosts', () => {
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 4);
    const ingress = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(ingress.map(({ Properties: p }) => [short(rendered(p.SourceSecurityGroupId)), p.FromPort]).sort()).toEqual([
      ['<LoadSecurityGroup03A6FC22.GroupId>', 8000],
      ['<LoadSecurityGroup03A6FC22.GroupId>', 8080],
    ]);
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    for (const found of Object.values(template.findResources('AWS::EC2::LaunchTemplate')))
      expect(rendered(found['Properties'].LaunchTemplateData.UserData)).toMatch(/^#!\/bin\/bash\nshutdown -h \+240 /);
  });

  it('forgets start documents after a week and load jobs after a month, and keeps the records of runs', () => {
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));
    expect(bucket!['DeletionPolicy']).toBe('Retain');
    const rules = bucket!['Properties'].LifecycleConfiguration.Rules as {
      Prefix?: string;
      ExpirationInDays?: number;
    }[];
    expect(
      rules.flatMap(({ Prefix, ExpirationInDays }) => (ExpirationInDays ? [[Prefix, ExpirationInDays]] : [])),
    ).toEqual([
      ['hosts/', 7],
      ['load/', 30],
    ]);
  });

  it('publishes where everything is', () => {
    const id = idOf('AWS::SSM::Parameter', /^Lab/);
    const { Name, Value } = template.findResources('AWS::SSM::Parameter')[id]!['Properties'];
    expect(Name).toBe('/infersweep/lab');
    const lab = labSchema.parse(JSON.parse(rendered(Value).replace(/\{"Fn::ImportValue":"([^"]+)"\}/g, '<$1>')));
    expect(Object.keys(lab.launchTemplates)).toEqual(['g4dn', 'inf1', 'c7g', 'c7i']);
    expect(lab.loadTask).toMatchObject({ container: 'loadgen', assignPublicIp: 'ENABLED' });
    // What a task is billed for, as its definition says.
    expect(lab.loadTask).toMatchObject({ vcpu: 2, memoryGib: 4, architecture: 'arm64' });
    expect(Object.values(lab.sweep!).map((arn) => arn.replace(/[0-9A-Fa-f]{8,}/g, ''))).toEqual([
      expect.stringMatching(/SweepFunctionCurrentVersion/),
      expect.stringMatching(/SweepGroupFunctionCurrentVersion/),
    ]);
    expect(lab.launchTemplates['inf1']).toMatchObject({ maximumTtlMinutes: 240 });
    expect(lab.launchTemplates['inf1']!.version).toMatch(/LatestVersionNumber/);
  });
});

describe('the load generator', () => {
  const task =
    template.findResources('AWS::ECS::TaskDefinition')[idOf('AWS::ECS::TaskDefinition', /^Load/)]!['Properties'];

  it('is a task of 2 vCPU on Graviton, without root, without a writable file system, without capabilities', () => {
    expect(task).toMatchObject({
      Cpu: '2048',
      Memory: '4096',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    expect(task.ContainerDefinitions).toHaveLength(1);
    expect(task.ContainerDefinitions[0]).toMatchObject({
      User: '1000',
      ReadonlyRootFilesystem: true,
      StopTimeout: 120,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
      LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
    });
    expect(task.ContainerDefinitions[0].PortMappings).toBeUndefined();
  });

  it('may reach the hosts at the two ports of the server', () => {
    const egress = Object.values(template.findResources('AWS::EC2::SecurityGroupEgress'));
    expect(
      egress.map(({ Properties: p }) => [short(rendered(p.DestinationSecurityGroupId)), p.FromPort, p.ToPort]).sort(),
    ).toEqual([
      [expect.stringMatching(/^<HostsSecurityGroup\w+\.GroupId>$/), 8000, 8000],
      [expect.stringMatching(/^<HostsSecurityGroup\w+\.GroupId>$/), 8080, 8080],
    ]);
  });

  it('runs the image as built, by its digest', () => {
    expect(short(rendered(task.ContainerDefinitions[0].Image))).toMatch(
      /^<AWS::AccountId>\.dkr\.ecr\.<AWS::Region>\.<AWS::URLSuffix>\/infersweep\/loadgen-arm64@<SsmParameterValueinfersweepimagesloadgenarm64digest/,
    );
    template.hasParameter('*', {
      Type: 'AWS::SSM::Parameter::Value<String>',
      Default: '/infersweep/images/loadgen-arm64/digest',
    });
    const intel = kitStacks({ lab: { loadGeneratorCpu: CpuArchitecture.X86_64 } }).template.lab;
    intel.hasParameter('*', { Default: '/infersweep/images/loadgen-amd64/digest' });
    intel.hasResourceProperties('AWS::ECS::TaskDefinition', { RuntimePlatform: { CpuArchitecture: 'X86_64' } });
  });

  it('may exchange files below one prefix and call endpoints of trials', () => {
    expect(rightsOf(/^LoadTaskRole/)).toEqual([
      's3:AbortMultipartUpload on <Results>/load/*',
      's3:GetObject on <Results>/load/*',
      's3:ListBucket on <Results>',
      's3:PutObject on <Results>/load/*',
      'sagemaker:InvokeEndpoint on arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint/infersweep-*',
    ]);
    const invoke = statementsOfRole(template, idOf('AWS::IAM::Role', /^LoadTaskRole/)).find(
      ({ Action }) => Action === 'sagemaker:InvokeEndpoint',
    );
    expect(invoke?.Condition).toEqual({ Null: { 'aws:ResourceTag/infersweep:run': 'false' } });
  });

  it('keeps its logs for a month', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });
});

describe('rights', () => {
  it('of hosts: read start documents and prepared models, write nothing but logs', () => {
    const rights = rightsOf(/^HostsRole/);
    expect(
      rights
        .filter((line) => line.startsWith('s3:'))
        .map((line) => line.replace(/\{"Fn::ImportValue":"[^"]+"\}/, '<artifacts>')),
    ).toEqual([
      's3:GetObject on <Results>/hosts/*',
      expect.stringMatching(/^s3:GetObject on arn:<AWS::Partition>:s3:::cdk-\S+\/[0-9a-f]{64}\.py$/),
      's3:GetObject on <artifacts>/artifacts/*',
      's3:ListBucket on <Results>',
      's3:ListBucket on <artifacts>',
    ]);
    expect(rights.filter((line) => /Put|Delete|ec2:|iam:|sagemaker:|ssm:/.test(line))).toEqual([
      'logs:PutLogEvents on <HostLogs>',
    ]);
  });

  it('of models on endpoints: their images and files', () => {
    const rights = rightsOf(/^ExecutionRole/).filter((line) => /^(s3|ecr):/.test(line));
    expect(rights.map((line) => line.replace(/\{"Fn::ImportValue":"[^"]+"\}/, '<artifacts>'))).toEqual([
      'ecr:BatchCheckLayerAvailability on arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*',
      'ecr:BatchGetImage on arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*',
      'ecr:GetAuthorizationToken on *',
      'ecr:GetDownloadUrlForLayer on arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*',
      's3:GetObject on <artifacts>/artifacts/*',
      's3:ListBucket on <artifacts>',
    ]);
  });

  const createStatements = (lab: typeof template) => {
    const [policy] = Object.entries(lab.findResources('AWS::IAM::Policy')).filter(([id]) => /^CreatePolicy/.test(id));
    expect(policy![1]['Properties'].PolicyName).toBe('Lab-create');
    return policy![1]['Properties'].PolicyDocument.Statement as Statement[];
  };
  const readable = (resource: unknown) =>
    short(rendered(resource)).replace(/\{"Fn::ImportValue":"Images:[^"]+"\}/, '<artifacts>');

  it("of Guard's create role: hand over each role, start the task, keep objects and read logs, each confined", () => {
    const statements = createStatements(template);
    expect(statements.map(({ Action, Resource }) => [[Action].flat().join(), [Resource].flat().map(readable)])).toEqual(
      [
        ['iam:PassRole', ['<ExecutionRole>']],
        ['iam:PassRole', ['<HostsRole>']],
        ['ecs:RunTask', ['<LoadTask>']],
        ['ecs:TagResource', ['arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<LoadCluster>/*']],
        ['iam:PassRole', ['<LoadTaskRole>', '<LoadExecutionRole>']],
        ['logs:GetLogEvents', ['<HostLogs>']],
        [
          'logs:DescribeLogStreams,logs:GetLogEvents',
          ['arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/infersweep-*'],
        ],
        ['s3:GetObject,s3:PutObject', ['runs', 'hosts', 'load'].map((folder) => `<Results>/${folder}/*`)],
        ['s3:ListBucket', ['<Results>']],
        ['s3:GetObject,s3:PutObject', ['<artifacts>/artifacts/*']],
        ['s3:ListBucket', ['<artifacts>']],
      ],
    );
    const tagged = {
      Null: { 'aws:RequestTag/infersweep:run': 'false', 'aws:RequestTag/infersweep:expires-at': 'false' },
    };
    expect(statements.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      { ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': ['LoadClusterC01D6854', 'Arn'] } }, ...tagged },
      { StringEquals: { 'ecs:CreateAction': 'RunTask' }, ...tagged },
      { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      undefined,
      undefined,
      undefined,
      { StringLike: { 's3:prefix': ['runs/*', 'hosts/*', 'load/*'] } },
      undefined,
      { StringLike: { 's3:prefix': ['artifacts/*'] } },
    ]);
  });

  it("of Guard's create role include the key of a bucket that has one, and of no other", () => {
    const keys = new Stack(new App(), 'Keys');
    const encryptionKey = Key.fromKeyArn(keys, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/k');
    const kms = createStatements(kitStacks({ lab: { encryptionKey } }).template.lab).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('kms:')),
    );
    expect(kms).toHaveLength(1);
    expect(kms[0]).toMatchObject({ Resource: 'arn:aws:kms:us-east-1:123456789012:key/k' });
    expect(kms[0]!.Action).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey*']));
  });

  it('are held by roles below one path, which is what Guard lets a run hand over', () => {
    const services = ['ec2', 'sagemaker', 'ecs-tasks'].map((name) => `${name}.amazonaws.com`);
    const roles = Object.values(template.findResources('AWS::IAM::Role')).map(({ Properties: p }) => ({
      service: p.AssumeRolePolicyDocument.Statement[0].Principal.Service,
      path: p.Path,
    }));
    // A controller's is nobody's to hand over but whoever starts one.
    const handed = roles.filter(({ service, path }) => services.includes(service) && path !== CONTROLLER_PATH);
    expect(handed).toHaveLength(4);
    expect(handed.every(({ path }) => path === '/infersweep/')).toBe(true);
  });

  it('on everything are only those that know no resource', () => {
    expect([...new Set(actionsOnEverything(template))]).toEqual([
      'cloudwatch:PutMetricData',
      'ecr:GetAuthorizationToken',
    ]);
    expect([...new Set(actionsOnEverything(templates.images))]).toEqual(['ecr:GetAuthorizationToken']);
  });
});

describe('deletion', () => {
  it.each(['images', 'lab'] as const)('of %s begins with the reaper, while everything else is still there', (stack) => {
    const resources = templates[stack].toJSON()['Resources'] as Record<string, { Type: string; DependsOn?: string[] }>;
    const [gate] = Object.entries(resources).filter(([, { Type }]) => Type === 'Custom::InfersweepDeletionGate');
    const others = Object.keys(resources).filter((id) => id !== gate![0]);
    // The provider that closes the default security group is of the whole app and has no part in a run.
    const guarded = others.filter((id) => !id.startsWith('CustomVpcRestrictDefaultSGCustomResourceProvider'));
    expect(gate![1].DependsOn).toEqual(expect.arrayContaining(guarded));
    templates[stack].hasResourceProperties('Custom::InfersweepDeletionGate', {
      ServiceToken: { 'Fn::ImportValue': Match.stringLikeRegexp('^Guard:ExportsOutputFnGetAttReaper') },
      ServiceTimeout: '3000',
    });
  });

  it('of images that are only built needs no reaper', () => {
    const found = kitStacks({ images: { preparationFamilies: [] } }).template;
    found.images.resourceCountIs('Custom::InfersweepDeletionGate', 0);
  });
});

describe('the dashboard', () => {
  it('searches for endpoints of trials and shows why hosts failed', () => {
    const body = rendered(
      Object.values(template.findResources('AWS::CloudWatch::Dashboard'))[0]!['Properties'].DashboardBody,
    );
    for (const metric of ['Invocations', 'ModelLatency', 'Invocation5XXErrors', 'GPUUtilization'])
      expect(body).toMatch(new RegExp(`MetricName=\\\\"${metric}\\\\" EndpointName=infersweep'`));
    expect(body).toContain('filter ispresent(event)');
  });
});
