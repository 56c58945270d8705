/** The policies inside CDK's own validation: what fails a synth, what an acknowledgement lets pass. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Stack, Stage, Validations } from 'aws-cdk-lib';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelData } from '../../../lib/constructs/model-data.ts';
import { acknowledge } from '../../../lib/stacks/policy/acknowledge.ts';
import { applyPolicies } from '../../../lib/stacks/policy/apply-policies.ts';
import { productionAcknowledgements } from '../../../lib/stacks/production-acknowledgements.ts';
import { ProductionStack } from '../../../lib/stacks/production-stack.ts';
import { recommendation002 } from '../../support/recommendation.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-policy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
interface Violation {
  ruleName: string;
  violatingConstructs: { constructPath?: string }[];
}

/** Synthesises; gives what the report holds against the app, by plugin. */
function findings(build: (app: App) => void): string[] {
  const outdir = join(folder, `${made++}`);
  const app = new App({ outdir });
  applyPolicies(app);
  build(app);
  let failed = false;
  try {
    app.synth();
  } catch {
    failed = true;
  }
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { pluginName: string; violations: Violation[] }[];
  };
  const found = report.pluginReports
    .filter(({ pluginName }) => pluginName === 'infersweep-policy' || pluginName.startsWith('AwsSolutions'))
    .flatMap(({ violations }) =>
      violations.flatMap((v) => v.violatingConstructs.map((r) => `${v.ruleName} at ${r.constructPath}`)),
    );
  expect(failed).toBe(found.length > 0);
  return found;
}

const production = (app: App, modelData?: ModelData) =>
  new ProductionStack(app, 'Production', { recommendation: recommendation002({ verdict: 'decided' }), modelData });
const group = (stack: Stack) => new CfnLogGroup(stack, 'Log');

describe('the policies', () => {
  it('pass the production stack with what is acknowledged, and only so', () => {
    expect(findings((app) => acknowledge(production(app), productionAcknowledgements()))).toEqual([]);
    expect(findings((app) => production(app)).length).toBe(productionAcknowledgements().length);
  });

  it('pass it with a model under a prefix', () => {
    const build = (prefix: string | null) => (app: App) =>
      acknowledge(production(app, ModelData.fromUri('s3://models/triton/')), productionAcknowledgements(prefix));
    expect(findings(build('models/triton/'))).toEqual([]);
    expect(findings(build('models/other/'))).toEqual([
      expect.stringMatching(/IAM5\[Resource::.*models\/triton\/\*\] at/),
    ]);
  });

  it('fail a synth for a finding and name the construct', () => {
    expect(findings((app) => group(new Stack(app, 'S')))).toEqual(['log-retention at S/Log']);
  });

  it('see every stage of an app', () => {
    expect(findings((app) => group(new Stack(new Stage(app, 'Prod'), 'S')))).toEqual(['log-retention at Prod/S/Log']);
  });

  it('name the stack for what is no resource', () => {
    const build = (app: App) => {
      const path = '/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id';
      new CfnParameter(new Stack(app, 'S'), 'Ami', { default: path });
    };
    expect(findings(build)).toEqual(['no-amazon-linux-2 at S']);
  });

  it('let a finding pass that is acknowledged on its construct or above, and no other', () => {
    const build = (id: string, at: 'Log' | 'stack') => (app: App) => {
      const stack = new Stack(app, 'S');
      const log = group(stack);
      Validations.of(at === 'Log' ? log : stack).acknowledge({ id, reason: 'test' });
    };
    expect(findings(build('infersweep-policy::log-retention', 'Log'))).toEqual([]);
    expect(findings(build('infersweep-policy::log-retention', 'stack'))).toEqual([]);
    expect(findings(build('infersweep-policy::image-pinned', 'stack'))).toEqual(['log-retention at S/Log']);
  });
});

describe('acknowledgements', () => {
  it('of the production stack are these; a new one is a decision', () => {
    expect(productionAcknowledgements('b/p/').map(({ id, at }) => `${at}: ${id}`)).toEqual([
      'Model/Role/DefaultPolicy: AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/*]',
      'Model/Role/DefaultPolicy: AwsSolutions-IAM5[Resource::*]',
      'Model/Role/DefaultPolicy: AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::b/p/*]',
    ]);
    for (const { reason } of productionAcknowledgements('b/p/')) expect(reason.length).toBeGreaterThan(20);
  });

  it('are all needed', () => {
    const app = new App();
    const stack = production(app);
    const raw = new AwsSolutionsChecks(app).validateScope(stack).violations.map(({ ruleName }) => ruleName);
    expect(
      productionAcknowledgements()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(raw.sort());
  });

  it('on a construct that is gone are refused', () => {
    const stale = [{ id: 'x', at: 'Model/Gone', reason: 'test' }];
    expect(() => acknowledge(production(new App()), stale)).toThrow(
      'Production has no Model/Gone: its acknowledgement of x is stale',
    );
  });
});
