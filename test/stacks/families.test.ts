/**
 * Everything that the app can write, under the policies and under CDK's own validation, which is on: the winner of each example,
 * each family of instances, each kind of network. One process, for the engine of the validation takes seconds to start.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recommendPublished } from '../../lib/core/recommend/recommend-published.ts';
import { applyPolicies } from '../../lib/stacks/policy/apply-policies.ts';
import { choosing, familyCases, networkCases, winners } from '../support/app-cases.ts';
import { appOf, withDemand, written } from '../support/app-stacks.ts';
import { imageUri } from '../support/endpoint.ts';
import { examples, published } from '../support/published.ts';
import { recommendation002 } from '../support/recommendation.ts';

/** Warnings that a synth may give, and why it gives them. */
const explained: Record<string, string> = {
  'Annotation::infersweep:undecided': 'published figures carry no spread, so nothing is ever decided by them',
};

beforeAll(() => {
  vi.stubEnv('CDK_VALIDATION', 'true');
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Violation {
  ruleName: string;
  severity: string;
  description: string;
}

const warned = new Set<string>();

/** What validation and policies say of the app, but for warnings that are explained. */
async function findings(context: Record<string, string>): Promise<string[]> {
  const app = await appOf(context);
  applyPolicies(app);
  let refused = false;
  try {
    app.synth();
  } catch {
    refused = true;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: Violation[] }[];
  };
  const found = report.pluginReports.flatMap(({ violations }) => violations);
  const harmless = ({ ruleName, severity }: Violation) => severity === 'info' || ruleName in explained;
  for (const { ruleName } of found) warned.add(ruleName);
  const said = found
    .filter((violation) => !harmless(violation))
    .map(({ severity, ruleName, description }) => `${severity} ${ruleName}: ${description}`);
  return refused && said.length === 0 ? ['synth failed without a finding'] : said;
}

describe('the winner of each example', { timeout: 60_000 }, () => {
  it('is every example that chooses something', () => {
    const chose = examples.filter((name) => withDemand(name, 30_000).choice !== null);
    expect(chose.sort()).toEqual([...choosing].sort());
    expect(examples.length).toBe(5);
  });

  it.each(winners)('passes: $name', async ({ context }) => {
    expect(await findings(context)).toEqual([]);
  });

  it('goes where it was measured', () => {
    const where = choosing.map((name) => withDemand(name, 30_000).deploy).map((d) => `${d!.target} ${d!.instanceType}`);
    expect(where).toEqual(['sagemaker ml.g4dn.2xlarge', 'ec2 inf1.2xlarge', 'ec2 inf1.xlarge', 'ec2 c7g.xlarge']);
  });

  it.each(examples.filter((name) => published(name).demand === null))('is refused as it stands: %s', async (name) => {
    const recommendation = written(`${name}-as-it-stands.json`, recommendPublished(published(name)));
    const message =
      withDemand(name, 30_000).choice === null
        ? `the recommendation of "${name}" cannot be deployed: it chose nothing (Nothing can be recommended: the source reports no latency.). Relax slo or demand, or add instance types to the experiment, and run it again.`
        : `the recommendation of "${name}" cannot be deployed: it holds no scaling values, for it was made without a demand. Add demand: to the experiment and recommend again.`;
    await expect(appOf({ recommendation })).rejects.toThrow(message);
  });

  it('is refused when nothing meets the objective', async () => {
    const infeasible = withDemand('triton-instance-sweep', 30_000, 1);
    expect(infeasible.verdict).toBe('infeasible');
    await expect(appOf({ recommendation: written('infeasible.json', infeasible) })).rejects.toThrow(
      /cannot be deployed: it chose nothing \(.+\)\. Relax slo or demand/,
    );
  });
});

describe('every family', { timeout: 60_000 }, () => {
  it.each(familyCases)('passes: $name', async ({ context }) => {
    expect(await findings(context)).toEqual([]);
  });

  it.each(networkCases)('passes: $name', async ({ context }) => {
    expect(await findings(context)).toEqual([]);
  });

  it('passes in a named environment, whose account and region stand in what the policies print', async () => {
    expect(await findings({ env: '123456789012/us-east-1' })).toEqual([]);
  });

  it('passes with an image and a model of its own', async () => {
    expect(await findings({ image: imageUri, model: 's3://models/triton/' })).toEqual([]);
  });
});

describe('the check itself', { timeout: 60_000 }, () => {
  it('is on: an instance type that SageMaker does not have is found by CDK and by the policy', async () => {
    const { deploy } = recommendation002();
    const bogus = recommendation002({ deploy: { ...deploy!, instanceType: 'ml.g4dn.3xlarge' } });
    const said = await findings({ recommendation: written('bogus.json', bogus) });
    expect(said).toContainEqual(expect.stringContaining("'ml.g4dn.3xlarge' is not one of"));
    expect(said).toContainEqual(expect.stringContaining('instance-type-known'));
  });

  it('is on: an image by tag is found by the policy', async () => {
    const said = await findings({ image: imageUri.replace(/@.*/, ':latest') });
    expect(said).toEqual([
      expect.stringMatching(/^error image-pinned/),
      expect.stringMatching(/^warning .*image-not-pinned/),
    ]);
  });

  it('explains no warning that is not given any more', () => {
    expect(Object.keys(explained).filter((id) => !warned.has(id))).toEqual([]);
  });
});
