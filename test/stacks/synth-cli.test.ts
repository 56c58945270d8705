/** The real CDK CLI on the built app, offline: what a user types. Runs from `dist`, so build first. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recommendationFile } from '../support/recommendation.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infersweep-synth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`;
const stackName = 'InfersweepProduction-triton-instance-sweep';

/** No credentials, no metadata service, no proxy to the world. */
const offline = {
  PATH: process.env['PATH'],
  HOME: folder,
  NO_COLOR: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  npm_config_offline: 'true',
};

/** The build is switched off: the suite runs after it, and other files must not see `dist` change. */
function synth(cwd: string, args: string[], env: Record<string, string> = {}) {
  const cli = join(root, 'node_modules', '.bin', 'cdk');
  return spawnSync(cli, ['synth', '--build', 'true', ...args], {
    cwd,
    env: { ...offline, ...env },
    encoding: 'utf8',
    timeout: 100_000,
  });
}

/** A copy of the golden recommendation with one thing changed. */
function variant(name: string, from: string | RegExp, to: string): string {
  const file = join(folder, name);
  writeFileSync(file, readFileSync(recommendationFile, 'utf8').replace(from, to));
  return file;
}

function filesOf(out: string): Record<string, string> {
  const made = readdirSync(out).filter((name) => name.endsWith('.template.json') || name.endsWith('.assets.json'));
  return Object.fromEntries(made.sort().map((name) => [name, readFileSync(join(out, name), 'utf8')]));
}

describe('cdk synth', { timeout: 120_000 }, () => {
  it('is clean under the built-in validation, offline and for any environment', () => {
    const out = join(folder, 'validated');
    const ran = synth(root, [
      '--strict',
      '-q',
      '-o',
      out,
      '-c',
      `recommendation=${variant('decided.json', '"undecided"', '"decided"')}`,
    ]);
    expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringMatching(/error|warning/i)]);
    const report = JSON.parse(readFileSync(join(out, 'validation-report.json'), 'utf8')) as {
      pluginReports: { pluginName: string }[];
    };
    expect(report.pluginReports.filter(({ pluginName }) => pluginName === 'CloudFormation Validate')).toEqual([]);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toContain('aws://unknown-account/unknown-region');
  });

  it('is really validated: an instance type that SageMaker does not have is found', () => {
    const bogus = variant('bogus.json', /ml\.g4dn\.2xlarge/g, 'ml.g4dn.3xlarge');
    const ran = synth(root, ['--strict', '-q', '-o', join(folder, 'bogus'), '-c', `recommendation=${bogus}`]);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain("InstanceType: 'ml.g4dn.3xlarge' is not one of");
  });

  it('is held to the policies: a tag for an image and a prefix nobody acknowledged would fail', () => {
    const out = join(folder, 'policies');
    const tagged = image.replace(/@.*/, ':latest');
    const ran = synth(root, ['-q', '-o', out, '-c', `image=${tagged}`, '-c', 'model=s3://models/triton/']);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain(`image ${tagged} is not pinned`);
    expect(ran.stderr).toContain("Acknowledge with 'infersweep-policy::image-pinned'");
    expect(ran.stderr).not.toContain('IAM5');
    const { pluginReports } = JSON.parse(readFileSync(join(out, 'validation-report.json'), 'utf8')) as {
      pluginReports: { pluginName: string; violations: unknown[] }[];
    };
    const failed = pluginReports.filter(
      ({ violations, pluginName }) => violations.length && !/Annotation/.test(pluginName),
    );
    expect(failed.map(({ pluginName }) => pluginName)).toEqual(['infersweep-policy']);
  });

  it('tags whatever can be tagged', () => {
    const out = join(folder, 'tags');
    expect(synth(root, ['-q', '-o', out], { CDK_VALIDATION: 'false' }).status).toBe(0);
    const { Resources: made } = JSON.parse(filesOf(out)[`${stackName}.template.json`]!) as {
      Resources: Record<string, { Type: string; Properties: { Tags?: unknown } }>;
    };
    const untagged = Object.values(made).filter(({ Properties: { Tags: tags } }) => {
      const text = JSON.stringify(tags) ?? '';
      return !['stack', 'experiment', 'configuration'].every((key) => text.includes(`"infersweep:${key}"`));
    });
    // These types take no tags.
    expect([...new Set(untagged.map(({ Type: type }) => type))].sort()).toEqual([
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      'AWS::IAM::Policy',
    ]);
  });

  it('makes the same bytes from another folder, locale and time zone', () => {
    // A second copy of the package, so that no path of this one can hide in a template.
    const copy = join(folder, 'elsewhere', 'package');
    mkdirSync(copy, { recursive: true });
    for (const part of [
      'dist/bin',
      'dist/lib',
      'dist/lambda-bundles',
      'containers',
      'examples',
      'package.json',
      'cdk.json',
    ])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    cpSync(recommendationFile, join(copy, 'recommendation.json'));

    const [here, there] = [join(folder, 'here'), join(copy, 'dist', 'cdk.out')];
    const quick = { CDK_VALIDATION: 'false' };
    const given = ['-q', '-c', 'env=123456789012/us-east-1', '-c', `image=${image}`, '-c', 'model=s3://models/triton/'];
    const a = synth(root, [...given, '-o', here, '-c', `recommendation=${recommendationFile}`], {
      ...quick,
      LC_ALL: 'C',
      TZ: 'UTC',
    });
    const b = synth(copy, [...given, '-c', 'recommendation=recommendation.json'], {
      ...quick,
      LC_ALL: 'de_DE.UTF-8',
      TZ: 'Asia/Kolkata',
    });
    expect([a.status, b.status]).toEqual([0, 0]);
    expect(Object.keys(filesOf(here))).toContain(`${stackName}.template.json`);
    expect(readFileSync(join(here, 'manifest.json'), 'utf8')).toContain('aws://123456789012/us-east-1');
    expect(filesOf(here)[`${stackName}.template.json`]).toContain(image);
    expect(filesOf(there)).toEqual(filesOf(here));
    expect(JSON.stringify(filesOf(here))).not.toContain(folder);
  });

  it('says in two lines what is missing, without a stack', () => {
    const ran = synth(root, ['-q', '-o', join(folder, 'missing'), '-c', 'recommendation=none.json'], {
      CDK_VALIDATION: 'false',
    });
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain(
      `error: no recommendation at ${join(root, 'none.json')} (ENOENT).\nMake it by \`infersweep recommend`,
    );
    expect(ran.stderr).not.toMatch(/^\s+at .*dist\/bin/m);
  });
});
