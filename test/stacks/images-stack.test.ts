import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { KitImage } from '../../lib/constructs/kit-image.ts';
import { preparationSiteSchema } from '../../lib/core/catalog/lab.ts';
import { frozenImage, kitStacks, publicImage } from '../support/kit-stacks.ts';
import { allowed, rendered, statementsOfRole } from '../support/rights.ts';

const { app, images, template } = kitStacks();

function only(type: string, found: Template, id: RegExp) {
  const matches = Object.entries(found.findResources(type)).filter(([key]) => id.test(key));
  expect(matches).toHaveLength(1);
  return { id: matches[0]![0], ...(matches[0]![1] as { Properties: Record<string, unknown> }) };
}

describe('repositories', () => {
  it('never move a tag, scan every push, drop what is old', () => {
    template.images.resourceCountIs('AWS::ECR::Repository', 2);
    template.images.allResourcesProperties('AWS::ECR::Repository', {
      ImageTagMutability: 'IMMUTABLE',
      ImageScanningConfiguration: { ScanOnPush: true },
    });
    const { Properties } = only('AWS::ECR::Repository', template.images, /^cpu/);
    const { rules } = JSON.parse(
      (Properties['LifecyclePolicy'] as { LifecyclePolicyText: string }).LifecyclePolicyText,
    );
    expect(rules.map(({ selection }: { selection: unknown }) => selection)).toEqual([
      { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 7, countUnit: 'days' },
      { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
    ]);
  });

  it('go with the stack, unless their base is frozen and might not be had again', () => {
    template.images.hasResource('AWS::ECR::Repository', {
      Properties: { RepositoryName: 'infersweep/cpu', EmptyOnDelete: true },
      DeletionPolicy: 'Delete',
    });
    template.images.hasResource('AWS::ECR::Repository', {
      Properties: { RepositoryName: 'infersweep/neuron', EmptyOnDelete: false },
      DeletionPolicy: 'Retain',
    });
  });
});

describe('builds', () => {
  const environment = (id: RegExp, found = template.images) => {
    const { Environment } = only('AWS::CodeBuild::Project', found, id).Properties as {
      Environment: { EnvironmentVariables: { Name: string; Value: unknown }[] };
    };
    return Object.fromEntries(Environment.EnvironmentVariables.map(({ Name, Value }) => [Name, rendered(Value)]));
  };

  it('run on the architecture of the image, one at a time, for an hour at most', () => {
    template.images.resourceCountIs('AWS::CodeBuild::Project', 2);
    template.images.allResourcesProperties('AWS::CodeBuild::Project', {
      TimeoutInMinutes: 60,
      ConcurrentBuildLimit: 1,
      Triggers: Match.absent(),
      Source: Match.objectLike({ Type: 'S3', BuildSpec: 'build/buildspec.yml' }),
    });
    for (const [id, type] of [
      [/^cpu/, 'ARM_CONTAINER'],
      [/^neuron/, 'LINUX_CONTAINER'],
    ] as const)
      expect(only('AWS::CodeBuild::Project', template.images, id).Properties['Environment']).toMatchObject({
        Type: type,
      });
  });

  it('start from the digest of the lock and publish theirs', () => {
    expect(environment(/^cpu/)).toMatchObject({
      BASE: `public.ecr.aws/docker/library/python@${publicImage.base.digest}`,
      BASE_REGISTRY: '',
      BUILD_ARGUMENTS: '',
      DOCKERFILE: 'images/cpu.Dockerfile',
      DIGEST_PARAMETER: '/infersweep/images/cpu/digest',
    });
    expect(environment(/^neuron/)).toMatchObject({ BUILD_ARGUMENTS: 'RUN_AS=root' });
  });

  it('find the account of a base by region, the only ones that have it', () => {
    const [mapping] = Object.values(template.images.toJSON()['Mappings']);
    expect(mapping).toEqual({ 'af-south-1': { account: '626614931356' }, 'us-east-1': { account: '763104351884' } });
    const inRegion = kitStacks({ env: { account: '123456789012', region: 'us-east-1' } }).template.images;
    expect(environment(/^neuron/, inRegion)).toMatchObject({
      BASE: `763104351884.dkr.ecr.us-east-1.<AWS::URLSuffix>/pytorch-inference-neuron@${frozenImage.base.digest}`,
      BASE_REGISTRY: '763104351884.dkr.ecr.us-east-1.<AWS::URLSuffix>',
    });
    expect(() => kitStacks({ env: { account: '123456789012', region: 'eu-west-1' } })).toThrow(
      /pytorch-inference-neuron:1.13.1 is not published in eu-west-1. It is in: af-south-1, us-east-1/,
    );
  });

  it('may read their source, push to their own repository, and set their own parameter', () => {
    const role = only('AWS::IAM::Role', template.images, /^neuronRole/);
    const lines = allowed(statementsOfRole(template.images, role.id)).map((line) =>
      line.replace(/[0-9a-f]{64}\.zip/, 'source.zip').replace(/<(neuron[a-zA-Z]*?)[0-9A-F]{8}\.Arn>/, '<$1>'),
    );
    const push = [
      'BatchCheckLayerAvailability',
      'BatchGetImage',
      'CompleteLayerUpload',
      'DescribeImages',
      'GetDownloadUrlForLayer',
      'InitiateLayerUpload',
      'PutImage',
      'UploadLayerPart',
    ];
    const base =
      'arn:<AWS::Partition>:ecr:<AWS::Region>:{"Fn::FindInMap":["neuronAccountsEEFED7F4",{"Ref":"AWS::Region"},"account"]}:repository/pytorch-inference-neuron';
    const object = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/source.zip';
    expect(lines).toEqual(
      [
        ...push.map((action) => `ecr:${action} on <neuronrepository>`),
        ...['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map(
          (action) => `ecr:${action} on ${base}`,
        ),
        'ecr:GetAuthorizationToken on *',
        'logs:CreateLogStream on <neuronLogs>',
        'logs:PutLogEvents on <neuronLogs>',
        `s3:GetObject on ${object}`,
        `s3:GetObjectVersion on ${object}`,
        'ssm:PutParameter on arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/infersweep/images/neuron/digest',
      ].sort(),
    );
  });

  it('say where the base has no digest', () => {
    const unpinned: KitImage = { ...publicImage, base: { ...publicImage.base, digest: null } };
    const found = kitStacks({ images: { images: [unpinned, { ...unpinned, name: 'cpu-sagemaker' }] } });
    Annotations.fromStack(found.images).hasInfo(
      '*',
      Match.stringLikeRegexp(
        '^no digest in containers/images.lock.json for docker/library/python:3.12-slim-bookworm: builds',
      ),
    );
    expect(environment(/^cpuProject/, found.template.images)['BASE']).toBe(
      'public.ecr.aws/docker/library/python:3.12-slim-bookworm',
    );
    Annotations.fromStack(images).hasNoWarning('*', Match.stringLikeRegexp('digest'));
  });

  it.each<[string, Partial<KitImage>, RegExp]>([
    [
      'a digest that is none',
      { base: { ...publicImage.base, digest: 'latest' } },
      /pinned by "latest", must be sha256/,
    ],
    ['an argument with a blank', { buildArguments: { A: 'b c' } }, /build argument A holds a blank/],
    ['a name that is none', { name: 'cpu.1' }, /its name must match/],
  ])('refuse %s', (_, change, message) => {
    expect(() => kitStacks({ images: { images: [{ ...publicImage, ...change }] } })).toThrow(message);
  });
});

describe('the build context', () => {
  it('holds servers and scripts, and neither tests nor caches, which would change its hash', () => {
    const staged = readdirSync(app.outdir, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.startsWith('asset.'))
      .map((path) => path.split(sep).slice(1).join('/'));
    expect(staged).toContain('build/build-image.sh');
    expect(staged).toContain('server/infersweep_server/__main__.py');
    expect(staged.filter((path) => /(^|\/)(tests|__pycache__)(\/|$)|\.pyc$/.test(path))).toEqual([]);
  });
});

describe('preparations', () => {
  it('have a host for processors and one for engines, with a longer life', () => {
    template.images.resourceCountIs('AWS::EC2::LaunchTemplate', 2);
    for (const found of Object.values(template.images.findResources('AWS::EC2::LaunchTemplate')))
      expect(rendered(found['Properties'].LaunchTemplateData.UserData)).toMatch(/^#!\/bin\/bash\nshutdown -h \+360 /);
  });

  it('may write artifacts, and nobody may reach them', () => {
    const role = only('AWS::IAM::Role', template.images, /^PreparationRole/);
    const writes = allowed(statementsOfRole(template.images, role.id)).filter((line) => /Put|Delete|Abort/.test(line));
    expect(writes.map((line) => line.replace(/<Artifacts[0-9A-F]{8}\.Arn>/, '<artifacts>'))).toEqual([
      'logs:PutLogEvents on <PreparationLogs7FA6EC3D.Arn>',
      's3:AbortMultipartUpload on <artifacts>/artifacts/*',
      's3:PutObject on <artifacts>/artifacts/*',
    ]);
    template.images.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.images.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  });

  it('are found by what the parameter says', () => {
    const { Value } = only('AWS::SSM::Parameter', template.images, /^Site/).Properties;
    const site = preparationSiteSchema.parse(JSON.parse(rendered(Value)));
    expect(Object.keys(site.launchTemplates)).toEqual(['c7i', 'g4dn']);
    expect(site.launchTemplates['g4dn']!.maximumTtlMinutes).toBe(360);
    expect(site.subnets).toHaveLength(2);
  });

  it('can be left out, network and all', () => {
    const without = kitStacks({ images: { preparationFamilies: [] } });
    without.template.images.resourceCountIs('AWS::EC2::VPC', 0);
    without.template.images.resourceCountIs('AWS::EC2::LaunchTemplate', 0);
    expect(without.images.network).toBeUndefined();
  });
});

it("lets Guard's create role start builds and launch preparations, under a name of its own", () => {
  const { Properties } = only('AWS::IAM::Policy', template.images, /^CreatePolicy/);
  expect(Properties['PolicyName']).toBe('Images-create');
  const { Statement } = Properties['PolicyDocument'] as { Statement: { Action: string; Condition?: unknown }[] };
  expect(Statement.map(({ Action, Condition }) => [Action, Condition])).toEqual([
    ['codebuild:StartBuild', undefined],
    ['iam:PassRole', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }],
    ['logs:GetLogEvents', undefined],
    [['s3:GetObject', 's3:PutObject'], undefined],
    ['s3:ListBucket', { StringLike: { 's3:prefix': ['hosts/*'] } }],
  ]);
  const wide = allowed(Statement as never).filter((line) => / on .*\*/.test(line));
  expect(wide).toEqual(
    ['Get', 'Put'].map((verb) => expect.stringMatching(`^s3:${verb}Object on <Artifacts\\w+\\.Arn>/hosts/\\*$`)),
  );
});
