/** What an account answered, judged: every refusal with the command that mends it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Quota } from '../../../lib/core/catalog/quota.ts';
import { findQuota, loadQuota, quotaInstances, quotaOf } from '../../../lib/core/catalog/quota.ts';
import { kitImage } from '../../../lib/core/catalog/serving-image.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import type { AccountAnswers } from '../../../lib/core/preflight/account-answers.ts';
import { judgeAccount } from '../../../lib/core/preflight/judge-account.ts';
import { imagesOf } from '../../../lib/core/preflight/sites.ts';
import { withoutSkipped } from '../../../lib/core/preflight/without-skipped.ts';
import { type BaseLock, kitImagesOf } from '../../../lib/stacks/kit-images.ts';
import { cloudExperiment, goodPlan } from '../../support/experiments.ts';
import { guardDocument, labDocument } from '../../support/sites.ts';

const lockFile = join(import.meta.dirname, '..', '..', '..', 'containers', 'images.lock.json');
/** Of the stack that builds them. */
const built = kitImagesOf(JSON.parse(readFileSync(lockFile, 'utf8')) as BaseLock).map(({ name }) => name);

const digest = `sha256:${'a'.repeat(64)}`;

const ec2Plan = (o: object = {}): Plan =>
  goodPlan(
    cloudExperiment({
      targets: [{ ec2: { instanceTypes: ['c7g.4xlarge', 'c7g.large'] } }],
      runtimes: [{ torch: { mode: ['eager', 'compile'] } }],
      ...o,
    }),
  );
const sagemakerPlan = (o: object = {}): Plan =>
  goodPlan(cloudExperiment({ runtimes: [{ torch: { device: 'cuda' } }], ...o }));

/** Its engine is made on a machine with the target's GPU. */
const engine = { triton: { backend: 'tensorrt' as const, precision: 'fp16' as const } };

function quota(name: string, value: number, o: Partial<Quota> = {}): Quota {
  const service = name.includes('endpoint usage') ? 'sagemaker' : 'ec2';
  const unit = service === 'ec2' ? 'vcpus' : 'instances';
  return { service, code: 'L-1', name, unit, value, inUse: 0, applied: true, ...o };
}

const G_AND_VT = 'Running On-Demand G and VT instances';
const STANDARD = 'Running On-Demand Standard';
const G4DN = 'ml.g4dn.xlarge for endpoint usage';

function answers(o: Partial<AccountAnswers> = {}): AccountAnswers {
  return {
    region: 'us-east-1',
    identity: { ok: true, value: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me' } },
    parameters: {
      ok: true,
      value: {
        '/infersweep/guard': JSON.stringify(guardDocument(['ml.g4dn.xlarge', 'c7g.4xlarge', 'c7g.large'])),
        '/infersweep/lab': JSON.stringify(labDocument()),
        '/infersweep/images/gpu-sagemaker/digest': digest,
        '/infersweep/images/graviton/digest': digest,
      },
    },
    durable: { ok: true, value: true },
    quotas: {
      [G4DN]: { ok: true, value: quota(G4DN, 4) },
      [G_AND_VT]: { ok: true, value: quota(G_AND_VT, 64) },
      [STANDARD]: { ok: true, value: quota('Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 64) },
    },
    offerings: { ok: true, value: { 'c7g.4xlarge': ['us-east-1a'], 'c7g.large': ['us-east-1a', 'us-east-1b'] } },
    subnetZones: { ok: true, value: { 'subnet-1': 'us-east-1a' } },
    ...o,
  };
}

const fact = (name: string, plan: Plan | null, o: Partial<AccountAnswers> = {}) => {
  const found = judgeAccount(answers(o), plan).facts.filter((f) => f.name === name);
  expect(found).toHaveLength(1);
  return found[0]!;
};

const withParameter = (name: string, value: string | null): Partial<AccountAnswers> => {
  const base = answers().parameters;
  if (!base.ok) throw new Error('unreachable');
  return { parameters: { ok: true, value: { ...base.value, [name]: value } } };
};

describe('an account that has everything', () => {
  it.each([
    ['ec2', ec2Plan()],
    ['sagemaker', sagemakerPlan()],
  ])('lets a plan for %s run: nothing is missing, nothing is skipped', (_, plan) => {
    const report = judgeAccount(answers(), plan);
    expect(report.facts.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(report.skipped).toEqual([]);
    expect(report.account).toBe('123456789012');
  });

  it('is looked at without a plan: identity, region, sites and the carrier', () => {
    expect(judgeAccount(answers(), null).facts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'identity ok',
      'region ok',
      'Guard ok',
      'Lab ok',
      'durable functions ok',
    ]);
  });

  it('hands on the quotas, so that fleets are capped by them', () => {
    const { quotas } = judgeAccount(answers(), sagemakerPlan());
    expect(quotaInstances(quotas, 'sagemaker', 'ml.g4dn.xlarge')).toBe(4);
    expect(quotaInstances(quotas, 'ec2', 'c7g.4xlarge')).toBe(4);
    expect(quotaInstances(quotas, 'ec2', 'inf1.xlarge')).toBeNull();
    const usual = quotas.map((q) => ({ ...q, applied: false }));
    expect(quotaInstances(usual, 'sagemaker', 'ml.g4dn.xlarge')).toBeNull();
  });
});

describe('identity and region', () => {
  it('names the service’s words and how to log in', () => {
    const why = 'ExpiredTokenException: The security token included in the request is expired';
    const found = fact('identity', null, { identity: { ok: false, why } });
    expect(found).toMatchObject({ state: 'missing', value: expect.stringContaining(why) });
    expect(found.fix).toContain('aws sts get-caller-identity');
    const report = judgeAccount(answers({ identity: { ok: false, why } }), sagemakerPlan());
    expect(report).toMatchObject({ account: null, skipped: [], quotas: [], refusals: [{ name: 'identity' }] });
    // Rights that nobody has would be the wrong advice.
    expect(report.facts.map(({ name }) => name)).toEqual(['identity', 'region', 'budget']);
    expect(judgeAccount(answers({ identity: { ok: false, why } }), null).facts).toHaveLength(2);
  });

  it('refuses a region that is not the plan’s: its prices and quotas are others', () => {
    expect(fact('region', sagemakerPlan(), { region: 'eu-west-1' })).toEqual({
      name: 'region',
      state: 'missing',
      value: 'eu-west-1, and the plan is for us-east-1',
      fix: 'use --region us-east-1',
    });
  });
});

describe('Guard and Lab', () => {
  it.each([
    ['Guard', '/infersweep/guard', 'npx cdk deploy InfersweepGuard'],
    ['Lab', '/infersweep/lab', 'npx cdk deploy InfersweepLab'],
  ])('says of an absent %s how to deploy it', (name, parameter, fix) => {
    const found = fact(name, null, withParameter(parameter, null));
    expect(found).toMatchObject({ state: 'missing', fix });
    expect(found.value).toContain(`not deployed in us-east-1: there is no parameter ${parameter}`);
  });

  it.each([
    ['not JSON', 'sg-1', 'is not of this kit'],
    ['of another kit', JSON.stringify({ ...labDocument(), schema: 'infersweep.lab.v9' }), 'schema:'],
    ['with a key too many', JSON.stringify({ ...labDocument(), extra: 1 }), 'Unrecognized key'],
  ])('refuses a Lab that is %s', (_, text, why) => {
    const found = fact('Lab', null, withParameter('/infersweep/lab', text));
    expect(found).toMatchObject({ state: 'missing', value: expect.stringContaining(why) });
    expect(found.fix).toContain('with the version of infersweep that is to run');
  });

  it('says which right is missing where parameters may not be read, and of images nothing', () => {
    const denied = { parameters: { ok: false as const, why: 'AccessDeniedException: no' } };
    expect(fact('Guard', null, denied)).toMatchObject({
      state: 'missing',
      fix: expect.stringContaining('ssm:GetParameters'),
    });
    expect(judgeAccount(answers(denied), sagemakerPlan()).facts.some(({ name }) => name.startsWith('image'))).toBe(
      false,
    );
  });

  it('skips what Guard does not let be created, before any create is refused by IAM', () => {
    const narrow = withParameter('/infersweep/guard', JSON.stringify(guardDocument(['c7g.large'])));
    const { facts, skipped } = judgeAccount(answers(narrow), ec2Plan());
    expect(facts).toContainEqual({
      name: 'Guard does not allow',
      state: 'missing',
      value: 'c7g.4xlarge',
      fix: 'npx cdk deploy InfersweepGuard InfersweepLab -c experiment=EXPERIMENT',
    });
    expect(skipped.map(({ instanceType, code }) => `${instanceType} ${code}`)).toEqual([
      'c7g.4xlarge not-offered',
      'c7g.4xlarge not-offered',
    ]);
  });

  it('skips EC2 families without a launch template', () => {
    const bare = withParameter('/infersweep/lab', JSON.stringify({ ...labDocument(), launchTemplates: {} }));
    const { skipped } = judgeAccount(answers(bare), ec2Plan());
    expect(skipped).toHaveLength(4);
    expect(skipped[0]!.fix).toContain('the Lab has no launch template for c7g.4xlarge: npx cdk deploy InfersweepLab');
  });
});

describe('images', () => {
  it('says of one that is not built how to build it', () => {
    const found = fact(
      'image gpu-sagemaker',
      sagemakerPlan(),
      withParameter('/infersweep/images/gpu-sagemaker/digest', null),
    );
    expect(found).toMatchObject({ state: 'missing', value: 'not built yet' });
    expect(found.fix).toContain('aws codebuild start-build --region us-east-1');
    expect(found.fix).toContain("contains(@, 'gpusagemakerProject')");
  });

  it('warns of a digest that is none', () => {
    const odd = withParameter('/infersweep/images/graviton/digest', 'latest');
    expect(fact('image graviton', ec2Plan(), odd)).toMatchObject({
      state: 'warning',
      value: 'its digest reads "latest"',
    });
  });

  it.each([
    ['sagemaker', 'ml.g4dn.xlarge', 'torch', 'gpu-sagemaker'],
    ['sagemaker', 'ml.c7g.large', 'torch', 'graviton-sagemaker'],
    ['ec2', 'c7i.4xlarge', 'onnxruntime', 'cpu'],
    ['sagemaker', 'ml.inf1.xlarge', 'neuron', 'neuron-sagemaker'],
    ['sagemaker', 'ml.g4dn.xlarge', 'triton', 'triton-sagemaker'],
    ['ec2', 'inf1.xlarge', 'neuron', 'neuron'],
    ['ec2', 'c7g.large', 'torchbench', 'torchbench-arm64'],
    ['ec2', 'c7i.large', 'torchbench', 'torchbench'],
  ] as const)('on %s, %s with %s is %s, and the stack builds it', (target, instanceType, runtime, image) => {
    expect(kitImage({ id: 'x', name: 'x', target, instanceType, runtime, parameters: {} })).toEqual({ image });
    expect(built).toContain(image);
  });

  it.each([
    ['local', 'local-1c', 'onnxruntime'],
    ['ec2', 'c7g.large', 'onnxruntime'],
    ['ec2', 'c7i.large', 'torch'],
    ['ec2', 'z9.large', 'torch'],
  ] as const)('there is none on %s, %s with %s', (target, instanceType, runtime) => {
    const of = { id: 'x', name: 'x', target, instanceType, runtime, parameters: {} };
    expect(kitImage(of)).toEqual({ missing: expect.any(String) });
  });

  it('skips what a target would refuse to start, and asks for no image of it', () => {
    const { facts, refusals, skipped } = judgeAccount(
      answers(),
      sagemakerPlan({ runtimes: [{ torch: { device: 'cuda' } }, { triton: { backend: 'onnxruntime' } }] }),
    );
    expect(skipped).toMatchObject([{ code: 'not-offered', fix: expect.stringMatching(/^triton is not started on/) }]);
    expect(facts.map(({ name }) => name).filter((name) => name.startsWith('image '))).toEqual(['image gpu-sagemaker']);
    expect(facts).toContainEqual(expect.objectContaining({ name: 'image', state: 'missing' }));
    expect(refusals).toEqual([]);
  });

  it('asks for the image of a preparation on a machine of its own, too', () => {
    const neuron = ec2Plan({
      targets: [{ sagemaker: { instanceTypes: ['ml.inf1.xlarge'] } }],
      runtimes: [{ neuron: { mode: 'data-parallel' } }],
    });
    expect(neuron.preparations.some(({ needs }) => needs !== null)).toBe(true);
    expect(imagesOf(neuron)).toEqual(['neuron', 'neuron-sagemaker']);
    const preparations = neuron.preparations.map((p) => ({ ...p, cached: true }));
    expect(imagesOf({ ...neuron, preparations })).toEqual(['neuron-sagemaker']);

    const without = judgeAccount(answers(), neuron);
    expect(without.skipped.map(({ code }) => code)).toEqual(['not-offered']);
    expect(without.facts).toContainEqual(
      expect.objectContaining({ name: 'Images', state: 'missing', fix: 'npx cdk deploy InfersweepImages' }),
    );
    expect(judgeAccount(answers(), { ...neuron, preparations }).facts.map(({ name }) => name)).not.toContain('Images');
  });
});

describe('durable functions', () => {
  it.each([
    [{ ok: true as const, value: false }, 'Lambda in us-east-1 does not know them', 'Fargate'],
    [{ ok: false as const, why: 'AccessDeniedException: no' }, 'not known: AccessDenied', 'lambda:ListDurable'],
  ])('only warns: the journal carries the same life cycle', (durable, value, fix) => {
    const found = fact('durable functions', null, { durable });
    expect(found.state).toBe('warning');
    expect(found.value).toContain(value);
    expect(found.fix).toContain(fix);
  });
});

describe('quotas', () => {
  const at = (value: number, o: Partial<Quota> = {}): Partial<AccountAnswers> => ({
    quotas: { ...answers().quotas, [G4DN]: { ok: true, value: quota(G4DN, value, { code: 'L-B67CFA0C', ...o }) } },
  });

  it('of zero skip every deployment of the type, and name quota, code and command', () => {
    const { facts, skipped } = judgeAccount(answers(at(0)), sagemakerPlan());
    expect(skipped).toEqual([
      {
        configuration: expect.any(String),
        target: 'sagemaker',
        instanceType: 'ml.g4dn.xlarge',
        code: 'quota',
        rule: null,
        fix: `the quota "${G4DN}" (L-B67CFA0C) is 0; aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-B67CFA0C --desired-value 1 --region us-east-1`,
      },
    ]);
    expect(facts.find(({ name }) => name === `quota ${G4DN}`)).toMatchObject({
      state: 'missing',
      value: '0 instances, 0 in use; 1 needed',
    });
  });

  it('count what is in use already', () => {
    expect(judgeAccount(answers(at(2, { inUse: 2 })), sagemakerPlan()).skipped[0]!.fix).toMatch(
      /is 2 and 2 in use; .*--desired-value 3 /,
    );
    expect(judgeAccount(answers(at(2, { inUse: 1 })), sagemakerPlan()).skipped).toEqual([]);
    expect(judgeAccount(answers(at(2, { inUse: null })), sagemakerPlan()).skipped).toEqual([]);
  });

  it('of EC2 are virtual CPUs of a family: the large sizes fall out, the small stay', () => {
    const quotas = { [STANDARD]: { ok: true as const, value: quota(STANDARD, 8) } };
    const { skipped } = judgeAccount(answers({ quotas }), ec2Plan());
    expect(skipped.map(({ instanceType, code }) => `${instanceType} ${code}`)).toEqual([
      'c7g.4xlarge quota',
      'c7g.4xlarge quota',
    ]);
    expect(skipped[0]!.fix).toContain('--desired-value 16 ');
  });

  it('warn where finalists could not be alive together', () => {
    const quotas = { [STANDARD]: { ok: true as const, value: quota(STANDARD, 20) } };
    const report = judgeAccount(answers({ quotas }), ec2Plan());
    expect(report.skipped).toEqual([]);
    expect(report.facts.find(({ name }) => name === `quota ${STANDARD}`)).toMatchObject({
      state: 'warning',
      value: '20 vcpus, 0 in use; 32 would let all finalists be alive together',
      fix: expect.stringContaining('--desired-value 32 '),
    });
  });

  it('of the machine that makes an artifact count as well', () => {
    const none = { ...answers().quotas, [G_AND_VT]: { ok: true as const, value: quota(G_AND_VT, 0) } };
    const { skipped } = judgeAccount(answers({ quotas: none }), sagemakerPlan({ runtimes: [engine] }));
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatchObject({
      target: 'sagemaker',
      code: 'quota',
      fix: expect.stringContaining('its artifact is made on g4dn.xlarge, and the quota'),
    });
  });

  it('of a cached artifact do not', () => {
    const none = { ...answers().quotas, [G_AND_VT]: { ok: true as const, value: quota(G_AND_VT, 0) } };
    const plan = sagemakerPlan({ runtimes: [engine] });
    for (const p of plan.preparations) p.cached = true;
    expect(judgeAccount(answers({ quotas: none }), plan).skipped.filter(({ code }) => code === 'quota')).toEqual([]);
  });

  it.each([
    [{ ok: false as const, why: 'AccessDeniedException: no' }, 'not read: AccessDenied', 'allow servicequotas'],
    [{ ok: true as const, value: null }, 'the account has no quota of this name', 'console'],
    [undefined, 'it was not asked for', 'allow'],
  ])('that nobody read skip nothing, and say so', (answer, value, fix) => {
    const quotas = { ...answers().quotas };
    if (answer) quotas[G4DN] = answer;
    else delete quotas[G4DN];
    const report = judgeAccount(answers({ quotas }), sagemakerPlan());
    expect(report.skipped).toEqual([]);
    const found = report.facts.find(({ name }) => name === `quota ${G4DN}`)!;
    expect(found.state).toBe('warning');
    expect(found.value).toContain(value);
    expect(found.fix).toContain(fix);
  });

  it('of Fargate let the load generator start, or refuse the run', () => {
    const at = (value: number) => {
      const fargate: Quota = { ...loadQuota, code: 'L-3032A538', value, inUse: null, applied: true };
      return judgeAccount(
        answers({ quotas: { ...answers().quotas, [loadQuota.name]: { ok: true, value: fargate } } }),
        sagemakerPlan(),
      );
    };
    expect(at(4).refusals).toEqual([]);
    expect(at(3).refusals).toEqual([
      {
        name: 'quota Fargate On-Demand vCPU resource count',
        state: 'missing',
        value: '3 vcpus; the load generator takes 4',
        fix: 'aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 4 --region us-east-1',
      },
    ]);
    expect(
      judgeAccount(answers({ quotas: { [loadQuota.name]: { ok: true, value: null } } }), sagemakerPlan()).refusals,
    ).toEqual([]);
  });

  it.each([
    ['ec2', 'g5.xlarge', 'on-demand', 'L-DB2E81BA'],
    ['ec2', 'g4dn.xlarge', 'spot', 'L-3819A6DF'],
    ['ec2', 'inf1.xlarge', 'on-demand', 'L-1945791B'],
    ['ec2', 'c7g.large', 'spot', 'L-34B43A08'],
    ['ec2', 'im4gn.large', 'on-demand', 'L-1216C47A'],
    ['ec2', 'trn1.2xlarge', 'on-demand', 'L-2C3B7624'],
    ['ec2', 'p3.2xlarge', 'spot', null],
    ['sagemaker', 'ml.inf1.xlarge', 'on-demand', 'L-B2B3BA64'],
    ['sagemaker', 'ml.new.xlarge', 'on-demand', null],
  ] as const)('%s %s %s is %s', (target, type, purchase, code) => {
    expect(quotaOf(target, type, purchase)?.code).toBe(code);
  });

  it('know no family of u-6tb1 and none of a laptop', () => {
    expect(quotaOf('ec2', 'u-6tb1.metal')).toBeNull();
    expect(quotaOf('local', 'local-1c')).toBeNull();
    expect(findQuota([], quotaOf('ec2', 'g5.xlarge')!)).toBeNull();
    expect(quotaInstances([], 'local', 'local-1c')).toBeNull();
  });
});

describe('offerings', () => {
  const offered = (value: { [type: string]: string[] }) => ({ offerings: { ok: true as const, value } });

  it('skip what no zone of the region has', () => {
    const { skipped } = judgeAccount(answers(offered({ 'c7g.large': ['us-east-1a'] })), ec2Plan());
    expect(skipped.map(({ instanceType, code }) => `${instanceType} ${code}`)).toEqual([
      'c7g.4xlarge not-offered',
      'c7g.4xlarge not-offered',
    ]);
    expect(skipped[0]!.fix).toContain('EC2 offers no c7g.4xlarge in us-east-1');
  });

  it('skip what is offered only where the Lab has no subnet', () => {
    const elsewhere = offered({ 'c7g.4xlarge': ['us-east-1f'], 'c7g.large': ['us-east-1a'] });
    const { skipped, facts } = judgeAccount(answers(elsewhere), ec2Plan());
    expect(skipped[0]!.fix).toContain('EC2 offers c7g.4xlarge in us-east-1f, and the Lab has subnets in us-east-1a');
    expect(facts.find(({ name }) => name === 'offering c7g.4xlarge')).toMatchObject({
      state: 'missing',
      value: 'us-east-1f',
    });
    for (const subnetZones of [null, { ok: false as const, why: 'no' }]) {
      expect(judgeAccount(answers({ ...elsewhere, subnetZones }), ec2Plan()).skipped).toEqual([]);
    }
  });

  it('that could not be read skip nothing', () => {
    const report = judgeAccount(answers({ offerings: { ok: false, why: 'UnauthorizedOperation: no' } }), ec2Plan());
    expect(report.skipped).toEqual([]);
    expect(report.facts.find(({ name }) => name === 'offering')).toMatchObject({ state: 'warning' });
  });

  it('of SageMaker cannot be asked, which is said', () => {
    expect(fact('offering ml.*', sagemakerPlan()).value).toContain('SageMaker has no API for it');
  });
});

describe('money', () => {
  const unpriced = (o: object = {}) =>
    sagemakerPlan({ targets: [{ sagemaker: { instanceTypes: ['ml.c7g.large'] } }], runtimes: [{ torch: {} }], ...o });

  it('knows the days of its prices', () => {
    expect(fact('prices', sagemakerPlan())).toMatchObject({
      state: 'ok',
      value: expect.stringMatching(/^all 1 known, of 2\d{3}-/),
    });
  });

  it('warns of a missing price without a budget, and skips with one', () => {
    const plan = unpriced();
    expect(fact('prices', plan)).toMatchObject({ state: 'warning', value: 'unknown for ml.c7g.large' });
    expect(judgeAccount(answers(), plan).skipped.some(({ code }) => code === 'no-price')).toBe(false);
    const limited: Plan = { ...plan, budget: { usd: 10, hours: null } };
    expect(fact('prices', limited).fix).toContain('infersweep prices refresh --region us-east-1 --types ml.c7g.large');
    const guard = withParameter('/infersweep/guard', JSON.stringify(guardDocument(['ml.c7g.large'])));
    expect(judgeAccount(answers(guard), limited).skipped).toMatchObject([{ code: 'no-price' }]);
    expect(fact('budget', limited)).toMatchObject({
      state: 'missing',
      value: '10.00 USD, and the worst case is unknown',
    });
  });

  it('compares the worst case with the budget', () => {
    const plan = sagemakerPlan();
    const worst = plan.estimate.usdWorstCase!;
    const budgeted = (usd: number): Plan => ({ ...plan, budget: { usd, hours: null } });
    expect(fact('budget', budgeted(worst))).toMatchObject({ state: 'ok' });
    expect(fact('budget', budgeted(worst - 0.01))).toMatchObject({
      state: 'missing',
      value: expect.stringContaining('exceeds'),
    });
    expect(fact('budget', plan)).toMatchObject({
      state: 'warning',
      value: expect.stringContaining('none; the worst case is'),
    });
    expect(fact('budget', unpriced())).toMatchObject({ value: 'none; the worst case is unknown' });
  });

  it('has nothing to say of a laptop', () => {
    const plan = goodPlan({
      ...cloudExperiment(),
      targets: [{ local: {} }],
      model: { source: 'm.onnx', inputs: 'i' },
      runtimes: [{ onnxruntime: {} }],
    });
    const report = judgeAccount(answers(), { ...plan, region: 'us-east-1' });
    expect(report.facts.map(({ name }) => name)).not.toContain('prices');
    expect(report.skipped).toEqual([]);
  });
});

describe('what is left of a plan', () => {
  const narrow = withParameter('/infersweep/guard', JSON.stringify(guardDocument(['c7g.large'])));

  it('is counted, prepared, priced and run without the skipped', () => {
    const plan = ec2Plan();
    const { skipped, refusals } = judgeAccount(answers(narrow), plan);
    expect(refusals).toEqual([]);
    const left = withoutSkipped(plan, skipped);
    expect(left.deployments.map(({ configuration }) => configuration.instanceType)).toEqual(['c7g.large', 'c7g.large']);
    expect(new Set(left.trials.map(({ deployment }) => deployment))).toEqual(
      new Set(left.deployments.map(({ id }) => id)),
    );
    expect(left.skipped).toEqual([...plan.skipped, ...skipped]);
    expect(left.estimate.usdWorstCase!).toBeLessThan(plan.estimate.usdWorstCase!);
    expect(left).toEqual({
      ...ec2Plan({ targets: [{ ec2: { instanceTypes: ['c7g.large'] } }] }),
      skipped: left.skipped,
      experimentSha256: plan.experimentSha256,
    });
    expect(withoutSkipped(plan, [])).toBe(plan);
  });

  it('needs no artifact that only the skipped would have loaded', () => {
    const targets = [{ sagemaker: { instanceTypes: ['ml.g4dn.xlarge', 'ml.g5.xlarge'] } }];
    const plan = sagemakerPlan({ targets, runtimes: [engine] });
    expect(plan.preparations).toHaveLength(2);
    const skipped = judgeAccount(answers(), plan).skipped.filter(({ instanceType }) => instanceType === 'ml.g5.xlarge');
    expect(skipped).toHaveLength(1);
    expect(withoutSkipped(plan, skipped).preparations).toHaveLength(1);
  });

  it('is refused as a whole by what no row stands for', () => {
    const bare = judgeAccount(answers(withParameter('/infersweep/guard', null)), sagemakerPlan());
    expect(bare.refusals.map(({ name }) => name)).toEqual(['Guard']);
    const over: Plan = { ...sagemakerPlan(), budget: { usd: 0.01, hours: null } };
    expect(judgeAccount(answers(), over).refusals.map(({ name }) => name)).toEqual(['budget']);
    const quotas = { ...answers().quotas, [G4DN]: { ok: true as const, value: quota(G4DN, 0) } };
    expect(judgeAccount(answers({ quotas }), sagemakerPlan()).refusals).toEqual([]);
  });
});

it('gives each deployment one row, the first reason found', () => {
  const narrow = withParameter('/infersweep/guard', JSON.stringify(guardDocument(['c7g.large'])));
  const report = judgeAccount(answers({ ...narrow, offerings: { ok: true, value: {} } }), ec2Plan());
  const ids = report.skipped.map((row) => `${row.configuration}/${row.instanceType}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(4);
});
