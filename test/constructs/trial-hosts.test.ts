import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { hostImageOf, imageOf } from '../../lib/constructs/host-image.ts';
import { TrialHosts, type TrialHostsProps } from '../../lib/constructs/trial-hosts.ts';
import { type Host, hostOf } from '../../lib/core/catalog/host.ts';
import { instanceOf } from '../../lib/core/catalog/instance.ts';
import { allowed, rendered, statementsOfRole } from '../support/rights.ts';
import { StubCommands } from '../support/stub-commands.ts';

function hostsWith(change: Partial<TrialHostsProps> = {}) {
  const stack = new Stack(new App(), 'Test');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0, restrictDefaultSecurityGroup: false });
  const hosts = new TrialHosts(stack, 'Hosts', {
    vpc,
    families: ['g4dn', 'inf1', 'c7g', 'c7i'],
    reads: [{ bucket: Bucket.fromBucketName(stack, 'Models', 'models'), prefix: 'artifacts/' }],
    logGroup: new LogGroup(stack, 'Logs'),
    ...change,
  });
  return { stack, vpc, hosts, template: () => Template.fromStack(stack) };
}

const { template: synth } = hostsWith();
const template = synth();

interface LaunchTemplateData {
  UserData: unknown;
  ImageId: { Ref: string };
  TagSpecifications: { ResourceType: string; Tags: { Key: string; Value: string }[] }[];
}

function launchTemplates(of: Template): [string, LaunchTemplateData][] {
  return Object.entries(of.findResources('AWS::EC2::LaunchTemplate')).map(([id, resource]) => [
    /^Hosts(?<family>[a-z0-9]+?)[0-9A-F]{8}$/.exec(id)!.groups!['family']!,
    resource['Properties'].LaunchTemplateData,
  ]);
}

const families = launchTemplates(template);

describe('TrialHosts', () => {
  it('makes one launch template for each family', () => {
    expect(families.map(([family]) => family)).toEqual(['g4dn', 'inf1', 'c7g', 'c7i']);
    template.resourceCountIs('AWS::EC2::Instance', 0);
    template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 0);
  });

  it.each([
    ['g4dn', 'gpu/', 'nvidia'],
    ['inf1', 'neuron/', 'neuron'],
    ['c7g', 'arm64/', 'none'],
    ['c7i', '', 'none'],
  ])('launches %s from the ECS image on Amazon Linux 2023', (family, variant, accelerator) => {
    const data = Object.fromEntries(families)[family]!;
    const { Type, Default } = template.findParameters('*')[data.ImageId.Ref] as Record<string, string>;
    expect(Type).toBe('AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>');
    expect(Default).toBe(`/aws/service/ecs/optimized-ami/amazon-linux-2023/${variant}recommended/image_id`);
    expect(rendered(data.UserData)).toContain(`--accelerator ${accelerator} `);
  });

  it('ends the bill with the guest, asks for tokens, and keeps containers away from the metadata', () => {
    template.allResourcesProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: Match.objectLike({
        InstanceInitiatedShutdownBehavior: 'terminate',
        MetadataOptions: {
          HttpEndpoint: 'enabled',
          HttpTokens: 'required',
          HttpPutResponseHopLimit: 1,
          InstanceMetadataTags: 'enabled',
        },
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { VolumeType: 'gp3', VolumeSize: 100, Encrypted: true, DeleteOnTermination: true },
          },
        ],
      }),
    });
  });

  it('leaves to the request what differs by trial, and gives nobody a key', () => {
    template.allResourcesProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: Match.objectLike({
        InstanceType: Match.absent(),
        InstanceMarketOptions: Match.absent(),
        NetworkInterfaces: Match.absent(),
        KeyName: Match.absent(),
      }),
    });
  });

  it('says which driver a host has, on the template and the instance', () => {
    const tags = (family: string) =>
      Object.fromEntries(families)[family]!.TagSpecifications.find(({ ResourceType }) => ResourceType === 'instance')!
        .Tags;
    expect(tags('g4dn')).toContainEqual({ Key: 'infersweep:driver', Value: hostImageOf('g4dn').driver });
    expect(tags('inf1')).toContainEqual({ Key: 'infersweep:host', Value: 'ecs-neuron' });
    expect(tags('c7g').map(({ Key }) => Key)).not.toContain('infersweep:driver');
  });

  it('may pull the images of the kit, read its prefix and its script, write its logs, and nothing more', () => {
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
    const repository = 'arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*';
    const lines = allowed(statementsOfRole(template, role!)).map((line) =>
      line.replace(/\/[0-9a-f]{64}\.py$/, '/script.py').replace(/<Logs[0-9A-F]+\.Arn>/, '<logs>'),
    );
    expect(lines).toEqual([
      `ecr:BatchCheckLayerAvailability on ${repository}`,
      `ecr:BatchGetImage on ${repository}`,
      'ecr:GetAuthorizationToken on *',
      `ecr:GetDownloadUrlForLayer on ${repository}`,
      'logs:CreateLogStream on <logs>',
      'logs:PutLogEvents on <logs>',
      's3:GetObject on arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/script.py',
      's3:GetObject on arn:<AWS::Partition>:s3:::models/artifacts/*',
      's3:ListBucket on arn:<AWS::Partition>:s3:::models',
    ]);
    const list = statementsOfRole(template, role!).find(({ Action }) => Action === 's3:ListBucket');
    expect(list?.Condition).toEqual({ StringLike: { 's3:prefix': 'artifacts/*' } });
  });

  it('has no ingress of its own, and one from the load generator alone', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('EC2 host of a trial'),
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' })],
    });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);

    const { stack, vpc, hosts, template: after } = hostsWith();
    const generator = new SecurityGroup(stack, 'Generator', { vpc, allowAllOutbound: false });
    hosts.allowLoadFrom({ connections: generator.connections });
    const ingress = Object.values(after().findResources('AWS::EC2::SecurityGroupIngress')).map((r) => r['Properties']);
    expect(ingress.map(({ FromPort, ToPort }) => [FromPort, ToPort])).toEqual([
      [8080, 8080],
      [8000, 8000],
    ]);
    for (const rule of ingress) {
      expect(rule.CidrIp).toBeUndefined();
      expect(rendered(rule.SourceSecurityGroupId)).toMatch(/^<Generator/);
    }
  });

  it.each<[string, Partial<TrialHostsProps>, RegExp]>([
    [
      'a life over 12 hours',
      { maximumTtl: Duration.hours(13) },
      /maximumTtl is 13 hours, must be whole minutes, at most 12 hours/,
    ],
    ['a life in seconds', { maximumTtl: Duration.seconds(90) }, /must be whole minutes/],
    [
      'a volume smaller than the image',
      { volumeSize: Size.gibibytes(20) },
      /volumeSize is 20 GiB, must be at least 30/,
    ],
    [
      'a family without a host',
      { families: ['inf2'] },
      /no host image is known for instance family "inf2"\. Known: g4dn, /,
    ],
    ['a family that is none', { families: ['g4dm'] }, /instance family "g4dm"/],
    ['a prefix that is none', { reads: [{ bucket: {} as never, prefix: '/' }] }, /names no folder of a bucket/],
  ])('refuses %s', (_, change, message) => {
    expect(() => hostsWith(change)).toThrow(message);
  });

  it('names the families it has when asked for another', () => {
    expect(() => hostsWith({ families: ['g4dn'] }).hosts.launchTemplate('inf1')).toThrow(/There are: g4dn\./);
  });

  it.each(['/aws/service/ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id', null])(
    'refuses a host on %s',
    (amiParameter) => {
      const host: Host = { ...hostOf('ec2', instanceOf('ec2', 'g4dn.xlarge')!)!, amiParameter };
      expect(() => imageOf(host)).toThrow(/only on ECS images of Amazon Linux 2023/);
    },
  );
});

describe('user data', () => {
  let stubs: StubCommands;
  afterEach(() => stubs.remove());

  async function boot(behaviour: Record<string, string> = {}, without: string[] = []) {
    stubs = new StubCommands();
    for (const command of ['shutdown', 'poweroff', 'aws', 'dnf', 'mkdir', 'python3'])
      if (!without.includes(command)) stubs.add(command, behaviour[command]);
    const userData = rendered(Object.fromEntries(families)['g4dn']!.UserData).replace(/<[^>]+>/g, 'x');
    return { userData, ...(await stubs.run('/bin/bash', [stubs.write('user-data.sh', userData)])) };
  }

  it('arms the end of the host before anything else, at the ceiling', async () => {
    const { code, calls, userData } = await boot();
    expect(userData.split('\n')[0]).toBe('#!/bin/bash');
    expect(userData.split('\n')[1]).toBe('shutdown -h +240 || poweroff -f');
    expect(code).toBe(0);
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['shutdown', 'mkdir', 'aws', 'python3']);
    expect(calls[0]).toBe('shutdown -h +240');
    expect(calls[3]).toContain('trial_host.py --ceiling-minutes 240 ');
  });

  it('powers off a host that cannot arm its end', async () => {
    const { calls } = await boot({ shutdown: 'exit 1' });
    expect(calls.slice(0, 2)).toEqual(['shutdown -h +240', 'poweroff -f']);
  });

  it.each([
    ['the script cannot be fetched', { aws: 'exit 1' }, []],
    ['the script fails', { python3: 'exit 1' }, []],
    ['the AWS CLI cannot be installed', { dnf: 'exit 1' }, ['aws']],
  ])('ends the host when %s', async (_, behaviour, without) => {
    const { code, calls } = await boot(behaviour, without);
    expect(code).not.toBe(0);
    expect(calls[0]).toBe('shutdown -h +240');
    expect(calls.at(-1)).toBe('shutdown -h now');
  });

  it('installs the AWS CLI only where it is missing', async () => {
    const { calls } = await boot();
    expect(calls.some((call) => call.startsWith('dnf'))).toBe(false);
    stubs.remove();
    const missing = await boot({}, ['aws']);
    expect(missing.calls[1]).toBe('dnf install --assumeyes --quiet awscli-2');
  });

  it('has the ceiling that was asked for, and tells the script the same', () => {
    const given = launchTemplates(hostsWith({ maximumTtl: Duration.hours(6), families: ['g4dn'] }).template());
    const text = rendered(given[0]![1].UserData);
    expect(text).toContain('shutdown -h +360 ');
    expect(text).toContain('--ceiling-minutes 360 ');
  });
});
