/** From a run on disk to what the CDK app deploys, and what is refused on the way. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommendationOf } from '../../bin/app-context.ts';
import { ProductionStack } from '../../lib/stacks/production-stack.ts';
import { kit, root } from '../support/cli.ts';
import { cloudExperiment, goodPlan, localExperiment } from '../support/experiments.ts';
import { noisyRun } from '../support/noisy-runs.ts';
import { writeRunFolder } from '../support/written-run.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'promote-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const promote = (...args: string[]) => kit(['promote', ...args, '--seeds', '3'], { cwd });
const today = new Date().toISOString().slice(0, 10);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const file = join(cwd, 'promoted', 'cloud.json');
const held = () => (existsSync(file) ? readFileSync(file, 'utf8') : null);

beforeAll(() => {
  const demand = { requestsPerMinute: 30_000 };
  const plan = goodPlan(cloudExperiment({ demand }));
  const { configuration } = plan.deployments[0]!;
  const of = (o: { day?: string; ratePerSecond?: number; latencyMs?: number }) =>
    noisyRun({ seed: 1, ratePerSecond: 100, seconds: 60, cv: 0.03, latencyMs: 20, configuration, day: today, ...o })
      .measurements;
  const lock = { kitVersion: version };
  writeRunFolder(join(cwd, 'good'), plan, of({}), lock);
  writeRunFolder(join(cwd, 'faster'), plan, of({ ratePerSecond: 150 }), lock);
  writeRunFolder(join(cwd, 'old'), plan, of({ day: '2020-01-31' }), { kitVersion: '0.0.1' });
  writeRunFolder(join(cwd, 'slow'), plan, of({ latencyMs: 400 }), lock);
  writeRunFolder(join(cwd, 'edited'), plan, of({}), { ...lock, planSha256: '0'.repeat(64) });
  const undemanding = goodPlan(cloudExperiment());
  writeRunFolder(join(cwd, 'undemanding'), undemanding, of({}), lock);
  const here = goodPlan(localExperiment());
  const served = { seed: 1, ratePerSecond: 100, seconds: 60, cv: 0.03, latencyMs: 20, day: '2020-01-31' };
  const laptop = noisyRun({ ...served, configuration: here.deployments[0]!.configuration }).measurements;
  writeRunFolder(join(cwd, 'laptop'), here, laptop, { kitVersion: '0.0.1' });
  // A working day: 100 requests a second at noon, a tenth at night.
  const day = Array.from({ length: 1440 }, (_, m) => 3000 + Math.round(27_000 * Math.sin((Math.PI * m) / 1440) ** 2));
  writeFileSync(join(cwd, 'day.csv'), ['minute,requests', ...day.map((n, m) => `${m},${n}`)].join('\n'));
});

describe('promote', () => {
  it('writes nothing when it is only asked what it would do', async () => {
    const ended = await promote('good', '--dry-run');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/^ +nothing yet +promoted$/m);
    expect(existsSync(file)).toBe(false);
  });

  it('writes what the CDK app reads by itself, and the stack deploys the values that the simulator picked', async () => {
    const simulated = await kit(['simulate', 'good', '--trace', 'day.csv', '--seeds', '3', '--json'], { cwd });
    const picked = JSON.parse(simulated.stdout).scaling;
    const ended = await promote('good', '--trace', 'day.csv');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/wrote promoted\/cloud\.json\nnext: npx cdk diff InfersweepProduction-cloud$/m);
    const read = recommendationOf(() => undefined, cwd);
    expect(read.scaling).toEqual(picked);
    expect(read.scaling!.cooldownSource).toBe('simulated on day.csv with 3 seeds');
    expect(read.promotion).toMatchObject({ run: 'good', kitVersion: version, accepted: [] });
    const planned = JSON.parse((await kit(['recommend', 'good', '--json'], { cwd })).stdout).scaling;
    expect(picked).not.toMatchObject({ minCapacity: planned.minCapacity });
    const stack = new ProductionStack(new App(), 'Stack', { recommendation: read });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: picked.minCapacity,
      MaxCapacity: picked.maxCapacity,
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: picked.targetValue,
        ScaleOutCooldown: picked.scaleOutCooldownS,
        ScaleInCooldown: picked.scaleInCooldownS,
      },
    });
    const tags = Object.values(template.findResources('AWS::SageMaker::Endpoint'))[0]!['Properties'].Tags;
    expect(tags).toContainEqual({ Key: 'infersweep:promoted-from', Value: 'good' });
  });

  it('shows what differs from what was promoted before, and nothing twice', async () => {
    const before = readFileSync(file, 'utf8');
    const same = await promote('good', '--trace', 'day.csv');
    expect(same.stdout).toContain('promoted/cloud.json holds the same already');
    expect(readFileSync(file, 'utf8')).toBe(before);
    const ended = await promote('faster', '--trace', 'day.csv', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const { changes } = JSON.parse(ended.stdout);
    const fields = changes.map((c: { field: string }) => c.field);
    expect(fields).toEqual(
      expect.arrayContaining(['instances at most', 'requests/min per instance', 'capacity of an instance']),
    );
    expect(fields).not.toContain('instance type');
    expect(recommendationOf(() => undefined, cwd).promotion!.run).toBe('faster');
  });

  it.each([
    [
      'old',
      [],
      3,
      [
        /measured \d+ days ago, the limit is 30/,
        /accept it: --accept stale/,
        /prices are of 2020-01-31/,
        /measured with infersweep 0\.0\.1, this is/,
      ],
    ],
    ['slow', [], 5, [/nothing was chosen/, /relax slo or demand/]],
    ['undemanding', [], 3, [/made without a demand/, /add demand:/]],
    [
      'laptop',
      ['--accept', 'stale'],
      3,
      [
        /local-1c is a configuration of this machine: .*\n {2}name instance types under targets:.*\nnext: .* plan EXPERIMENT/,
        // What else is wrong with it would be mended for nothing.
        /^(?![\s\S]*--accept)/,
      ],
    ],
    ['edited', [], 2, [/plan\.json of run edited was edited after the run began/]],
    [
      join(root, 'examples', 'triton-instance-sweep'),
      [],
      3,
      [
        /the decision is open: .*\n {2}measure the best of them.*--accept undecided/,
        /nobody wrote down when it was measured/,
      ],
    ],
    ['good', ['--trace', 'bursts-90s'], 3, [/no scaling policy serves bursts-90s.*\n.*--accept scaling/]],
    ['good', ['--accept', 'anything'], 2, [/must be one of undecided, stale, prices, version, scaling/]],
    ['good', ['--max-age', 'soon'], 2, [/must be days from 1 to 3650/]],
    ['good', ['--trace', 'nowhere.csv'], 2, [/there is no such file/]],
  ] as [string, string[], number, RegExp[]][])(
    'refuses %s %j with %d and the way out',
    async (run, args, code, messages) => {
      const before = held();
      const ended = await promote(run, ...args);
      expect(ended.code, ended.stderr).toBe(code);
      for (const message of messages) expect(ended.stderr).toMatch(message);
      expect(held()).toBe(before);
    },
  );

  it('goes on in spite of what is accepted, and writes that down', async () => {
    const accept = ['stale', 'prices', 'version'].flatMap((reason) => ['--accept', reason]);
    const ended = await promote('old', ...accept, '--to', 'elsewhere/old.json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/cdk diff InfersweepProduction-cloud -c recommendation=elsewhere\/old\.json/);
    const read = recommendationOf((key) => (key === 'recommendation' ? 'elsewhere/old.json' : undefined), cwd);
    expect(read.promotion!.accepted).toEqual(['stale', 'prices', 'version']);
    expect(read.warnings.join('\n')).toMatch(/promoted although it was measured/);
  });

  it('replaces a file that is no recommendation', async () => {
    mkdirSync(join(cwd, 'torn'));
    writeFileSync(join(cwd, 'torn', 'x.json'), '{"schema":');
    const ended = await promote('good', '--to', 'torn/x.json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('torn/x.json is no recommendation of this version and is replaced');
    expect(JSON.parse(readFileSync(join(cwd, 'torn', 'x.json'), 'utf8')).experiment).toBe('cloud');
  });
});

describe('the CDK app', () => {
  it('asks which, when several are promoted', () => {
    writeFileSync(join(cwd, 'promoted', 'second.json'), readFileSync(file));
    expect(() => recommendationOf(() => undefined, cwd)).toThrow(
      /holds 2 promoted recommendations \(cloud\.json, second\.json\)\. Name one: -c recommendation=promoted\/cloud\.json/,
    );
  });
});
