import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { environmentOf, recommendationOf } from '../../bin/app-context.ts';
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
