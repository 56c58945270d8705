/** `doctor --aws` and `prices refresh` as a process, against AWS on the loopback interface. Runs from `dist`, so build first. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { product, productsIn } from '../support/aws/services/pricing.ts';
import { quotasIn } from '../support/aws/services/quotas.ts';
import { kit } from '../support/cli.ts';
import { guardDocument, labDocument } from '../support/sites.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-account-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let aws: LoopbackAws;
beforeEach(async () => {
  aws = await LoopbackAws.start();
});
afterEach(() => aws.close());

const run = (...args: string[]) => kit(args, { cwd: folder, env: aws.environment });

const experiment = (o: object = {}) => ({
  schema: 'infersweep.experiment.v1',
  name: 'day-one',
  aws: { region: 'us-east-1' },
  model: { source: 's3://models/bert/', inputs: 'inputs.jsonl' },
  slo: { percentile: 95, latencyMs: 100 },
  budget: { usd: 100 },
  targets: [{ sagemaker: { instanceTypes: ['ml.inf1.xlarge', 'ml.c7g.4xlarge'] } }],
  runtimes: [{ neuron: { mode: 'data-parallel' } }, { torch: {} }],
  ...o,
});

function write(name: string, document: unknown): string {
  writeFileSync(join(folder, name), typeof document === 'string' ? document : JSON.stringify(document));
  return name;
}
write('inputs.jsonl', '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}\n');

describe('types without a sourced price', () => {
  const prices = [
    { instanceType: 'ml.inf1.xlarge', usdPerHour: 0.297, source: 'bill of October', date: '2026-11-01' },
    { instanceType: 'ml.c7g.4xlarge', usdPerHour: 0.696, source: 'price page', date: '2026-11-20' },
  ];

  it('are refused under a budget, and the refusal says what to do', async () => {
    const { code, stdout, stderr } = await run('plan', write('bare.json', experiment()), '--json');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('no trustworthy price of ml.inf1.xlarge in us-east-1 is known');
    expect(stderr).toContain('state the price under `prices:`');
  });

  it('are planned on day one with the experiment’s own prices', async () => {
    const { code, stdout } = await run('plan', write('own.json', experiment({ prices })), '--json');
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as Plan;
    const priced = plan.deployments.map((d) => [d.configuration.instanceType, d.usdPerHour, d.priceSource?.source]);
    expect(priced).toEqual([
      ['ml.inf1.xlarge', 0.297, 'bill of October'],
      ['ml.c7g.4xlarge', 0.696, 'price page'],
    ]);
    expect(plan.estimate.usdWorstCase).toBeGreaterThan(plan.estimate.usdExpected!);
    expect(plan.estimate.usdExpected).toBeGreaterThan(0);
  });
});

describe('prices refresh', () => {
  const add = (instanceName: string, usd: string, regionCode = 'us-east-1') => {
    const attributes = { instanceName, regionCode, component: 'Hosting', usagetype: `Host:${instanceName}` };
    productsIn(aws.world).push(product('AmazonSageMaker', 'ML Instance', attributes, usd));
  };

  it('writes a file from which the same experiment is planned', async () => {
    add('ml.inf1.xlarge', '0.297');
    add('ml.c7g.4xlarge', '0.696');
    const asked = ['prices', 'refresh', '--region', 'us-east-1', '--types', 'ml.inf1.xlarge,ml.c7g.4xlarge'];
    const refreshed = await run(...asked, '--out', 'prices.json');
    expect(refreshed).toMatchObject({ code: 0, stderr: expect.stringContaining('wrote prices.json') });
    expect(refreshed.stdout).toContain('2 prices of us-east-1, read ');
    const file = JSON.parse(readFileSync(join(folder, 'prices.json'), 'utf8'));
    expect(file).toMatchObject({ schema: 'infersweep.prices.v1', region: 'us-east-1', missing: [] });
    const named = experiment({ aws: { region: 'us-east-1', prices: 'prices.json' } });
    const { code, stdout } = await run('plan', write('named.json', named), '--json');
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as Plan;
    expect(plan.deployments.map((d) => d.usdPerHour)).toEqual([0.297, 0.696]);
    expect(plan.deployments[0]!.priceSource).toMatchObject({ date: file.retrievedAt });

    const elsewhere = experiment({ aws: { region: 'eu-west-1', prices: 'prices.json' } });
    const refused = await run('plan', write('elsewhere.json', elsewhere));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /prices\.json:\d+:\d+: region: these are prices of us-east-1, and aws.region is eu-west-1/,
    );
  });

  it('says how to make the file that an experiment names in vain', async () => {
    const named = experiment({ aws: { region: 'us-east-1', prices: 'absent.json' } });
    const { code, stderr } = await run('plan', write('vain.json', named));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /vain\.json:\d+:\d+: aws\.prices: .*absent\.json does not exist: write it with infersweep prices refresh --region us-east-1/,
    );
  });

  it('prints the snapshot with --json, and writes nothing', async () => {
    const { code, stdout } = await run(
      'prices',
      'refresh',
      '--region',
      'us-east-1',
      '--types',
      'ml.c7g.large',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: [], missing: [{ instanceType: 'ml.c7g.large' }] });
  });

  it.each([
    [['--types', 'ml.inf1.xlrage'], 2, 'did you mean ml.inf1.xlarge?'],
    [['--types', 'ml.c7g.large'], 3, 'no price was found in us-east-1'],
  ])('%s ends with %i and says why', async (args, code, why) => {
    const ended = await run('prices', 'refresh', '--region', 'us-east-1', ...args);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(why);
  });

  it('tells what AWS refuses in its own words', async () => {
    aws.world.faults.push({ call: 'pricing:GetProducts', code: 'AccessDeniedException', message: 'not you' });
    const ended = await run('prices', 'refresh', '--region', 'us-east-1', '--types', 'c7g.large');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('AWS refused: AccessDeniedException: not you');
    expect(ended.stderr).toContain('doctor --aws');
  });
});

describe('doctor --aws', () => {
  const priced = () =>
    write(
      'gpu.json',
      experiment({
        targets: [{ sagemaker: { instanceTypes: ['ml.g4dn.xlarge'] } }],
        runtimes: [{ torch: { device: 'cuda' } }],
      }),
    );
  const furnish = (quota: number) => {
    Object.assign(aws.world.parameters, {
      '/infersweep/guard': JSON.stringify(guardDocument(['ml.g4dn.xlarge'])),
      '/infersweep/lab': JSON.stringify(labDocument()),
      '/infersweep/images/gpu-sagemaker/digest': `sha256:${'a'.repeat(64)}`,
    });
    const name = 'ml.g4dn.xlarge for endpoint usage';
    quotasIn(aws.world).push({ service: 'sagemaker', code: 'L-B67CFA0C', name, applied: quota, usual: 0 });
  };
  const changed = () => aws.world.calls.filter((call) => !/:(Get|List|Describe)/.test(call));

  it('ends well where nothing is missing', async () => {
    furnish(2);
    const { code, stdout } = await run('doctor', '--aws', priced());
    expect([code, stdout.split('\n').filter((line) => line.startsWith('missing'))]).toEqual([0, []]);
    expect(stdout).toContain('ok       Guard: deployed');
    expect(stdout).toContain('ok       quota ml.g4dn.xlarge for endpoint usage: 2 instances, 0 in use');
  });

  it('refuses a quota of zero by name, with the command, and creates nothing', async () => {
    furnish(0);
    const { code, stdout } = await run('doctor', '--aws', priced(), '--json');
    expect(code).toBe(3);
    const { facts, skipped } = JSON.parse(stdout);
    expect(facts.filter((f: { state: string }) => f.state === 'missing')).toEqual([
      {
        name: 'quota ml.g4dn.xlarge for endpoint usage',
        state: 'missing',
        value: '0 instances, 0 in use; 1 needed',
        fix: 'aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-B67CFA0C --desired-value 1 --region us-east-1',
      },
    ]);
    expect(skipped).toMatchObject([{ instanceType: 'ml.g4dn.xlarge', code: 'quota' }]);
    expect(changed()).toEqual([]);
  });

  it('is what a run asks first: a quota of zero, or a Guard that is not there, and nothing is begun', async () => {
    furnish(0);
    const refused = await run('run', priced(), '--on', 'aws');
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('none of the 1 configurations can run; nothing was created');
    expect(refused.stderr).toContain(
      'next: the quota "ml.g4dn.xlarge for endpoint usage" (L-B67CFA0C) is 0; aws service-quotas',
    );
    delete aws.world.parameters['/infersweep/guard'];
    const bare = await run('run', priced(), '--from-here');
    expect(bare.code).toBe(3);
    expect(bare.stderr).toContain('Guard: not deployed in us-east-1');
    expect(bare.stderr).toContain('npx cdk deploy InfersweepGuard');
    expect(changed()).toEqual([]);
    expect(existsSync(join(folder, '.infersweep'))).toBe(false);
  });

  it('shows what a budget refuses as one finding among others', async () => {
    furnish(2);
    const { code, stdout } = await run('doctor', '--aws', write('bare.json', experiment()));
    expect(code).toBe(3);
    expect(stdout).toContain('missing  prices: unknown for ml.inf1.xlarge, ml.c7g.4xlarge, and a budget is set');
    expect(stdout).toContain('infersweep prices refresh --region us-east-1 --types ml.inf1.xlarge,ml.c7g.4xlarge');
    expect(stdout).toContain('missing  Guard does not allow: ml.inf1.xlarge, ml.c7g.4xlarge');
    expect(stdout).toMatch(/skipped {2}\S+ on ml\.c7g\.4xlarge: not-offered/);
  });

  it('says of an empty account what to deploy, in its own region unless told', async () => {
    const { code, stdout } = await run('doctor', '--aws');
    expect(code).toBe(3);
    expect(stdout).toContain('missing  Guard: not deployed in us-east-1: there is no parameter /infersweep/guard');
    expect(stdout).toContain('         npx cdk deploy InfersweepGuard');
  });

  it('without a region asks for one', async () => {
    const bare = { ...aws.environment, AWS_REGION: '', AWS_DEFAULT_REGION: '' };
    const ended = await kit(['doctor', '--aws'], { cwd: folder, env: bare });
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('give --region, or set AWS_REGION')]);
  });
});
