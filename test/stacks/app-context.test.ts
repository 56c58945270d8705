import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { environmentOf, modelPrefix, recommendationOf, refuseMisspelt, withinQuota } from '../../bin/app-context.ts';
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

describe('withinQuota', () => {
  const capped = (quota?: unknown) => withinQuota(recommendation002(), saying({ quota })).scaling!;

  const about = (quota?: unknown) =>
    withinQuota(recommendation002(), saying({ quota })).warnings.filter((warning) => warning.includes('quota'));

  it('caps what the fleet may grow to, and says so', () => {
    expect(capped('40')).toEqual({ ...recommendation002().scaling, maxCapacity: 40 });
    expect(about('40')).toEqual(['the quota of 40 instances is below the 49 that the peak needs']);
  });

  it('leaves the fleet alone when there is room, and no longer says that nobody looked', () => {
    expect(about()).toEqual([expect.stringMatching(/quota was not read/)]);
    expect(capped()).toEqual(recommendation002().scaling);
    expect(about('49')).toEqual([]);
    expect(capped('49')).toEqual(recommendation002().scaling);
  });

  it('refuses a fleet that could not even start', () => {
    expect(() => capped('32')).toThrow(
      /starts with 33 x ml.g4dn.2xlarge, and the quota is 32. Request 49 for "ml.g4dn.2xlarge for endpoint usage"/,
    );
  });

  it.each(['0', '-1', '1.5', 'many'])('refuses %s', (quota) => {
    expect(() => capped(quota)).toThrow(`-c quota=${quota} is not a number of instances`);
  });
});

describe('modelPrefix', () => {
  it('is the place of an unpacked model', () => {
    expect(['s3://b/p/', 's3://b/m.tar.gz', null].map(modelPrefix)).toEqual(['b/p/', null, null]);
  });
});
