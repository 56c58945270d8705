import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { comparisonOf } from '../../bin/app-comparison.ts';
import {
  durableOf,
  environmentOf,
  modelPrefix,
  networkOf,
  quotaOf,
  recommendationOf,
  refuseMisspelt,
  vpcOf,
} from '../../bin/app-context.ts';
import { allowedBy } from '../../bin/app-experiment.ts';
import { root } from '../support/cli.ts';
import { recommendation002, recommendationFile } from '../support/recommendation.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-context-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const saying = (values: Record<string, unknown>) => (key: string) => values[key];

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('recommendationOf', () => {
  it('reads the file it is given', () => {
    expect(recommendationOf(saying({ recommendation: recommendationFile }))).toEqual(recommendation002());
  });

  it('says which file is missing and which command makes it', () => {
    expect(() => recommendationOf(saying({ recommendation: join(folder, 'none.json') }))).toThrow(
      `no recommendation at ${join(folder, 'none.json')} (ENOENT).\nMake it by \`infersweep recommend <run> --json > recommendation.json\`.`,
    );
  });

  it('says what is wrong in the file', () => {
    expect(() => recommendationOf(saying({ recommendation: written('cut.json', '{"schema": ') }))).toThrow(
      /cut.json is not JSON: /,
    );
    const bad = { ...recommendation002(), verdict: 'maybe', extra: 1 };
    expect(() => recommendationOf(saying({ recommendation: written('bad.json', JSON.stringify(bad)) }))).toThrow(
      /bad.json is not a recommendation of this version:\n {2}verdict: "maybe" is not allowed here\n {2}extra: unknown key "extra"\nMake it again/,
    );
  });

  it('refuses an empty value', () => {
    expect(() => recommendationOf(saying({ recommendation: '' }))).toThrow('-c recommendation= needs a value.');
  });
});

describe('refuseMisspelt', () => {
  it.each([
    ['recomendation', 'recommendation'],
    ['Image', 'image'],
    ['quotas', 'quota'],
  ])('%s is asked whether it is %s', (key, meant) => {
    expect(() => refuseMisspelt(['image', key])).toThrow(
      `-c ${key}= is nothing that this app reads; did you mean ${meant}? It reads: recommendation, `,
    );
  });

  it('leaves the flags of CDK and the keys of others alone', () => {
    const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'));
    expect(() => refuseMisspelt([...Object.keys(context), 'recommendation', 'company-wide-setting'])).not.toThrow();
  });
});

describe('environmentOf', () => {
  it('is any environment unless told', () => {
    expect(environmentOf(saying({}))).toBeUndefined();
  });

  it.each(['123456789012/eu-west-1', 'aws://123456789012/eu-west-1'])('reads %s', (env) => {
    expect(environmentOf(saying({ env }))).toEqual({ account: '123456789012', region: 'eu-west-1' });
  });

  it('takes the one of the CLI, and says so when there is none', () => {
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', '123456789012').stubEnv('CDK_DEFAULT_REGION', 'us-gov-west-1');
    expect(environmentOf(saying({ env: 'cli' }))).toEqual({ account: '123456789012', region: 'us-gov-west-1' });
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', undefined);
    expect(() => environmentOf(saying({ env: 'cli' }))).toThrow(/found none. Log in, or name it/);
    vi.unstubAllEnvs();
  });

  it('refuses anything else', () => {
    expect(() => environmentOf(saying({ env: 'us-east-1' }))).toThrow(
      /is not an environment. Expected ACCOUNT\/REGION/,
    );
  });
});

describe('quotaOf', () => {
  it('is unknown unless told', () => {
    expect(quotaOf(saying({}))).toBeUndefined();
    expect(quotaOf(saying({ quota: '40' }))).toBe(40);
  });

  it.each(['0', '2.5', 'many', '-3'])('refuses %s', (quota) => {
    expect(() => quotaOf(saying({ quota }))).toThrow(/is not a number of instances. Expected a whole number from 1/);
  });
});

describe('durableOf', () => {
  it('is yes unless it is said', () => {
    expect([{}, { durable: 'yes' }, { durable: 'no' }].map((said) => durableOf(saying(said)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('refuses what is neither', () => {
    expect(() => durableOf(saying({ durable: 'false' }))).toThrow(/neither yes nor no/);
  });
});

describe('networkOf and vpcOf', () => {
  const vpc = 'vpc-0123456789abcdef0';

  it('reads what they know', () => {
    expect(networkOf(saying({}))).toBeUndefined();
    expect(networkOf(saying({ network: 'isolated' }))).toBe('isolated');
    expect(vpcOf(saying({}))).toBeNull();
    expect(vpcOf(saying({ vpc, env: 'cli' }))).toBe(vpc);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['another network', () => networkOf(saying({ network: 'nat' })), /Expected public .* or isolated .*use -c vpc=/],
    ['no id', () => vpcOf(saying({ vpc: 'main', env: 'cli' })), /is not the id of a VPC/],
    ['both', () => vpcOf(saying({ vpc, network: 'public', env: 'cli' })), /two answers to one question/],
    ['a VPC of no account', () => vpcOf(saying({ vpc })), /name it, -c env=/],
  ])('refuse %s', (_, ask, message) => {
    expect(ask).toThrow(message);
  });
});

describe('allowedBy', () => {
  it('names every instance type of AWS, and the families of the ec2 target', () => {
    expect(allowedBy(join(root, 'examples', 'triton-instance-sweep'))).toEqual({
      instanceTypes: ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge', 'ml.g4dn.12xlarge'],
      families: [],
    });
    const { instanceTypes, families } = allowedBy(join(root, 'examples', 'neuroncore-pipeline'));
    expect(families.sort()).toEqual(['g4dn', 'inf1']);
    expect(instanceTypes).toContain('inf1.6xlarge');
  });

  it.each([
    ['none.yaml', /no experiment at .*none.yaml. Write one with: infersweep init/],
    [join(root, 'examples', 'quickstart'), /names no instance type of AWS/],
    [join(root, 'package.json'), /is not an experiment of this version. See: infersweep validate/],
  ])('refuses %s', (file, message) => {
    expect(() => allowedBy(file)).toThrow(message);
  });
});

describe('comparisonOf', () => {
  const side = (name: string, instanceType: string) =>
    written(
      `${name}.json`,
      JSON.stringify({
        ...recommendation002(),
        deploy: { ...recommendation002().deploy!, instanceType, id: `${name}@sagemaker/${instanceType}` },
      }),
    );
  const document = {
    schema: 'infersweep.comparison.v1',
    sides: [{ recommendation: 'a.json' }, { recommendation: 'b.json', model: 's3://models/b.tar.gz' }],
    traffic: {
      image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/traffic@sha256:${'0'.repeat(64)}`,
      command: ['--url', '{url}', '--rate', '{requestsPerMinute}', '{other}'],
      requestsPerMinute: 600,
      startsAt: '2027-01-31T12:00:00Z',
      minutes: 30,
    },
    expiresAt: '2027-01-31T13:00:00Z',
  };
  const compared = (change: object = {}) =>
    comparisonOf(written('comparison.json', JSON.stringify({ ...document, ...change })), new Stack(new App(), 'S'));

  it('puts a fleet for each recommendation under one traffic', () => {
    side('a', 'ml.g4dn.xlarge');
    side('b', 'ml.g4dn.2xlarge');
    const { configurations, traffic, slo, expiresAt } = compared();
    expect(configurations.map((c) => [c.configuration.instanceType, c.instances, c.modelData !== undefined])).toEqual([
      ['ml.g4dn.xlarge', 33, false],
      ['ml.g4dn.2xlarge', 33, true],
    ]);
    expect(slo.latencyMs).toBe(500);
    expect(expiresAt).toBe(document.expiresAt);
    const order = { endpointName: 'e', region: 'r', url: 'https://u', requestsPerMinute: 600, seconds: 1800 };
    expect(traffic.command(order)).toEqual(['--url', 'https://u', '--rate', '600', '{other}']);
  });

  it('says what is wrong in the file', () => {
    expect(() => compared({ sides: document.sides.slice(0, 1) })).toThrow(/is not a comparison:\n {2}sides: /);
    expect(() => compared({ trafic: {} })).toThrow(/unknown key "trafic"/);
    expect(() => compared({ sides: [document.sides[0], document.sides[0]] })).toThrow(
      /same configuration. Leave one out/,
    );
    expect(() => comparisonOf('none.json', new Stack(new App(), 'S'))).toThrow(/none.json cannot be read/);
  });
});

describe('modelPrefix', () => {
  it('is the place of an unpacked model', () => {
    expect(['s3://b/p/', 's3://b/m.tar.gz', null].map(modelPrefix)).toEqual(['b/p/', null, null]);
  });
});
