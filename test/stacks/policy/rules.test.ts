/** Each rule on a template that keeps it and on ones that break it. */
import { describe, expect, it } from 'vitest';
import type { Template } from '../../../lib/core/cost/template.ts';
import { rules } from '../../../lib/stacks/policy/all-rules.ts';

type Properties = Record<string, unknown>;
const of = (Type: string, Properties: Properties, rest: Omit<Template, 'Resources'> = {}): Template => ({
  ...rest,
  Resources: { Thing: { Type, Properties } },
});
const sha = `sha256:${'a'.repeat(64)}`;
const policy = (...Statement: unknown[]) => of('AWS::IAM::Policy', { PolicyDocument: { Statement } });
const allow = (Action: unknown, Resource: unknown, Condition?: unknown) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const model = (Image: unknown) =>
  of('AWS::SageMaker::Model', { EnableNetworkIsolation: true, PrimaryContainer: { Image } });
const task = (Image: unknown) => of('AWS::ECS::TaskDefinition', { ContainerDefinitions: [{ Image }] });
const launch = (data: Properties, rest = {}) =>
  of(
    'AWS::EC2::LaunchTemplate',
    { LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' }, ...data } },
    rest,
  );
const variant = (value: Properties, rest = {}) =>
  of('AWS::SageMaker::EndpointConfig', { ProductionVariants: [value] }, rest);
const scaled = (properties: Properties): Template => ({
  Resources: {
    Thing: { Type: 'AWS::SageMaker::Endpoint', Properties: properties },
    Target: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ResourceId: { 'Fn::Join': ['', ['endpoint/', { 'Fn::GetAtt': ['Thing', 'EndpointName'] }]] } },
    },
  },
});
const parameter = (definition: Properties) => ({ Parameters: { P: { Type: 'String', ...definition } } });

const cases: Record<string, { kept: Template[]; broken: [Template, RegExp][] }> = {
  'image-pinned': {
    kept: [
      model(`1.dkr.ecr.us-east-1.amazonaws.com/a@${sha}`),
      task({ 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Repo', 'RepositoryUri'] }, '@', { Ref: 'Digest' }]] }),
      task({ 'Fn::Sub': `\${AWS::AccountId}.dkr.ecr/a@${sha}` }),
      of('AWS::CodeBuild::Project', { Environment: { Image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0' } }),
      { ...model({ Ref: 'P' }), ...parameter({ AllowedPattern: '^.*@sha256:[0-9a-f]{64}$' }) },
    ],
    broken: [
      [model('1.dkr.ecr.us-east-1.amazonaws.com/a:latest'), /a:latest is not pinned/],
      [{ ...model({ Ref: 'P' }), ...parameter({}) }, /\$\{P\} is not pinned/],
      [of('AWS::SageMaker::Model', { Containers: [{ Image: `a@${sha}` }, { Image: 'b:1' }] }), /b:1/],
      [task('nginx'), /nginx/],
      [task(`a@${sha.slice(0, -1)}`), /not pinned/],
      [task({ 'Fn::Join': ['', [{ Ref: 'Repo' }, ':', { Ref: 'Tag' }]] }), /not pinned/],
      [of('AWS::CodeBuild::Project', { Environment: { Image: 'docker:27' } }), /docker:27/],
    ],
  },
  'network-isolation': {
    kept: [of('AWS::SageMaker::Model', { EnableNetworkIsolation: true })],
    broken: [
      [of('AWS::SageMaker::Model', {}), /is nothing/],
      [of('AWS::SageMaker::Model', { EnableNetworkIsolation: false }), /is false/],
    ],
  },
  'metadata-tokens': {
    kept: [launch({}), of('AWS::EC2::Instance', { LaunchTemplate: {} })],
    broken: [
      [launch({ MetadataOptions: { HttpTokens: 'optional' } }), /optional/],
      [launch({ MetadataOptions: undefined }), /nothing/],
      [of('AWS::EC2::Instance', { InstanceType: 'c7g.large' }), /nothing/],
      [of('AWS::AutoScaling::LaunchConfiguration', {}), /nothing/],
    ],
  },
  'no-wildcard-create-delete': {
    kept: [
      policy(allow('sagemaker:CreateEndpoint', 'arn:aws:sagemaker:us-east-1:1:endpoint/infersweep-*')),
      policy(allow(['sagemaker:List*', 'ec2:Describe*', 'pricing:GetProducts'], '*')),
      policy(allow('ec2:RunInstances', '*', { StringEquals: { 'aws:RequestTag/infersweep:run': 'x' } })),
      policy(allow('ec2:TerminateInstances', '*', { StringLike: { 'ec2:ResourceTag/infersweep:run': '*' } })),
      policy(allow('ec2:RunInstances', '*', { Null: { 'aws:RequestTag/infersweep:run': 'false' } })),
      policy(allow(['ec2:CreateNetworkInterface', 'logs:CreateLogStream'], '*')),
      policy({ Effect: 'Deny', Action: '*', Resource: '*' }),
    ],
    broken: [
      [policy(allow('*', '*')), /\* on every resource/],
      [policy(allow('sagemaker:*', '*')), /sagemaker:\*/],
      [policy(allow(['logs:CreateLogStream', 'logs:CreateLogGroup'], '*')), /^logs:CreateLogGroup on/],
      [policy(allow('sagemaker:Create*', '*')), /sagemaker:Create\*/],
      [policy(allow(['ec2:DescribeInstances', 'ec2:RunInstances'], ['*'])), /^ec2:RunInstances on/],
      [policy(allow('ec2:R*', '*')), /ec2:R\*/],
      [policy(allow('EC2:runinstances', '*')), /runinstances/],
      [policy(allow('ec2:?unInstances', '*')), /unInstances/],
      [policy(allow('*:Delete*', 'arn:aws:s3:::*')), /Delete\*/],
      [
        policy(
          allow('dynamodb:DeleteTable', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':dynamodb:*:*:*']] }),
        ),
        /DeleteTable/,
      ],
      [policy(allow('ec2:RunInstances', '*', { StringEqualsIfExists: { 'aws:RequestTag/a': 'x' } })), /RunInstances/],
      [policy(allow('ec2:RunInstances', '*', { StringEquals: { 'aws:RequestedRegion': 'x' } })), /RunInstances/],
      [policy(allow('ec2:RunInstances', '*', { Null: { 'aws:RequestTag/a': 'true' } })), /RunInstances/],
      [policy(allow('ec2:RunInstances', '*', { StringEquals: { 'aws:PrincipalTag/a': 'x' } })), /RunInstances/],
      [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }), /everything but/],
      [policy({ Effect: 'Allow', Action: 'ec2:RunInstances', NotResource: 'arn:aws:ec2:::x' }), /RunInstances/],
      [
        of('AWS::IAM::Role', { Policies: [{ PolicyDocument: { Statement: allow('s3:DeleteBucket', '*') } }] }),
        /DeleteBucket/,
      ],
    ],
  },
  'instance-type-known': {
    kept: [
      variant({ InstanceType: 'ml.g4dn.2xlarge' }),
      variant({ ServerlessConfig: {} }),
      launch({ InstanceType: 'inf1.xlarge' }),
      launch({}),
      launch({ InstanceType: { Ref: 'P' } }, parameter({ AllowedValues: ['inf1.xlarge', 'c7g.4xlarge'] })),
    ],
    broken: [
      [variant({ InstanceType: 'ml.bogus.xlarge' }), /ml\.bogus\.xlarge is not in the catalog/],
      [variant({ InstanceType: 'ml.g4dn.3xlarge' }), /did you mean ml\.g4dn\.\d?xlarge/],
      [variant({ InstanceType: 'g4dn.xlarge' }), /not in the catalog/],
      [
        variant({ InstanceType: 'ml.g4dn.xlarge', InstancePools: [{ InstanceType: 'ml.bogus.large' }] }),
        /ml\.bogus\.large/,
      ],
      [launch({ InstanceType: 'ml.g4dn.xlarge' }), /not in the catalog/],
      [launch({ InstanceType: { Ref: 'P' } }, parameter({})), /AllowedValues/],
      [
        launch({ InstanceType: { Ref: 'P' } }, parameter({ AllowedValues: ['inf1.xlarge', 'p9.large'] })),
        /AllowedValues/,
      ],
      [of('AWS::EC2::Instance', { LaunchTemplate: {}, InstanceType: 'p9.large' }), /p9\.large/],
      [
        of('AWS::AutoScaling::AutoScalingGroup', {
          MixedInstancesPolicy: {
            LaunchTemplate: { Overrides: [{ InstanceType: 'inf1.xlarge' }, { InstanceType: 'p9.large' }] },
          },
        }),
        /p9\.large/,
      ],
    ],
  },
  'repository-immutable': {
    kept: [
      of('AWS::ECR::Repository', { ImageTagMutability: 'IMMUTABLE', ImageScanningConfiguration: { ScanOnPush: true } }),
    ],
    broken: [
      [of('AWS::ECR::Repository', { ImageTagMutability: 'IMMUTABLE' }), /ScanOnPush is nothing/],
      [
        of('AWS::ECR::Repository', { ImageScanningConfiguration: { ScanOnPush: true } }),
        /ImageTagMutability is nothing/,
      ],
    ],
  },
  'no-amazon-linux-2': {
    kept: [
      {
        ...launch({}),
        ...parameter({ Default: '/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id' }),
      },
      launch({ ImageId: '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}' }),
    ],
    broken: [
      [
        parameter({ Default: '/aws/service/ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id' }),
        /amazon-linux-2\/gpu/,
      ],
      [launch({ ImageId: '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2}}' }), /amzn2/],
      [
        of('AWS::EC2::Instance', { LaunchTemplate: {}, ImageId: '{{resolve:ssm:/x/amazon-linux-2/y}}' }),
        /amazon-linux-2/,
      ],
    ],
  },
  'variant-properties-kept': {
    kept: [scaled({ RetainAllVariantProperties: true }), of('AWS::SageMaker::Endpoint', {})],
    broken: [
      [scaled({}), /is nothing/],
      [scaled({ RetainAllVariantProperties: false }), /is false/],
    ],
  },
  'no-public-ingress': {
    kept: [
      of('AWS::EC2::SecurityGroup', {
        SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0' }],
        SecurityGroupIngress: [{ CidrIp: '10.0.0.0/8' }],
      }),
      of('AWS::EC2::SecurityGroupIngress', { SourceSecurityGroupId: 'sg' }),
    ],
    broken: [
      [of('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0' }] }), /from 0\.0\.0\.0\/0/],
      [of('AWS::EC2::SecurityGroupIngress', { CidrIpv6: '::/0' }), /from ::\/0/],
    ],
  },
  'log-retention': {
    kept: [of('AWS::Logs::LogGroup', { RetentionInDays: 30 })],
    broken: [[of('AWS::Logs::LogGroup', {}), /no RetentionInDays/]],
  },
};

describe.each(rules.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  const { kept, broken } = cases[name]!;
  it.each(kept.map((template) => [JSON.stringify(template), template] as const))('keeps %s', (_, template) => {
    expect(rule.check(template)).toEqual([]);
  });

  it.each(broken.map(([template, what]) => [JSON.stringify(template), template, what] as const))(
    'refuses %s',
    (_, template, what) => {
      const findings = rule.check(template);
      expect(findings).toHaveLength(1);
      expect(findings[0]!.what).toMatch(what);
      expect(findings[0]!.location).toMatch(/^(Properties|Parameters)\./);
    },
  );
});

describe('the rules', () => {
  it('are tested, all of them', () => {
    expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort());
  });

  it('say nothing of a template that is empty or of resources they do not know', () => {
    for (const template of [
      {},
      of('AWS::S3::Bucket', {}),
      { Resources: { Bare: { Type: 'AWS::SageMaker::Endpoint' } } },
    ])
      expect(rules.flatMap((rule) => rule.check(template))).toEqual([]);
  });
});
