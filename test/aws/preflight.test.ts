/** An account examined through the real SDK clients, against services on the loopback interface. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineAccount } from '../../lib/aws/preflight.ts';
import { preflightClients } from '../../lib/aws/preflight-clients.ts';
import { quotaInstances } from '../../lib/core/catalog/quota.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { accountIn, addEndpoint, addInstance } from '../support/aws/services/account.ts';
import { quotasIn } from '../support/aws/services/quotas.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { guardDocument, labDocument } from '../support/sites.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const types = ['ml.g4dn.xlarge', 'ml.c7g.large', 'c7g.4xlarge', 'g4dn.xlarge'];

let aws: LoopbackAws;
beforeEach(async () => {
  aws = await LoopbackAws.start();
  const account = accountIn(aws.world);
  const { parameters } = aws.world;
  parameters['/infersweep/guard'] = JSON.stringify(guardDocument(types));
  parameters['/infersweep/lab'] = JSON.stringify(labDocument());
  for (const image of ['triton', 'triton-sagemaker', 'graviton', 'graviton-sagemaker', 'gpu', 'gpu-sagemaker']) {
    parameters[`/infersweep/images/${image}/digest`] = digest;
  }
  account.offerings = { 'c7g.4xlarge': ['us-east-1c', 'us-east-1a', 'us-east-1b'], 'g4dn.xlarge': ['us-east-1a'] };
  account.subnets = { 'subnet-1': 'us-east-1a' };
  const add = (service: string, code: string, name: string, applied: number | null, usual = 0) =>
    quotasIn(aws.world).push({ service, code, name, applied, usual });
  add('sagemaker', 'L-00000001', 'ml.t2.medium for endpoint usage', 2);
  add('sagemaker', 'L-00000002', 'ml.m5.large for endpoint usage', 2);
  add('sagemaker', 'L-B67CFA0C', 'ml.g4dn.xlarge for endpoint usage', 4);
  add('sagemaker', 'L-3F48ACC6', 'ml.c7g.large for endpoint usage', null, 16);
  add('ec2', 'L-DB2E81BA', 'Running On-Demand G and VT instances', 64);
  add('ec2', 'L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 32);
});
afterEach(() => aws.close());

const examine = (plan: Plan | null) => examineAccount(preflightClients(aws.config), { region: 'us-east-1', plan });
const g4dn = () => goodPlan(cloudExperiment({ runtimes: [{ torch: { device: 'cuda' } }] }));
const graviton = () =>
  goodPlan(cloudExperiment({ targets: [{ ec2: { instanceTypes: ['c7g.4xlarge'] } }], runtimes: [{ torch: {} }] }));
const named = async (plan: Plan | null, name: string) => (await examine(plan)).facts.find((f) => f.name === name);

const READS = /^(sts:Get|ssm:Get|lambda:List|servicequotas:(Get|List)|ec2:Describe|sagemaker:(List|Describe))/;

describe('examineAccount', () => {
  it('finds everything in an account that has everything, and only reads', async () => {
    const report = await examine(g4dn());
    expect(report.facts.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(report.skipped).toEqual([]);
    expect(report.account).toBe('123456789012');
    expect(aws.world.calls.filter((call) => !READS.test(call))).toEqual([]);
  });

  it('asks nobody else once the identity is refused', async () => {
    aws.world.faults.push({ call: 'sts:GetCallerIdentity', code: 'ExpiredToken', message: 'expired', status: 403 });
    const report = await examine(g4dn());
    expect(aws.world.calls).toEqual(['sts:GetCallerIdentity']);
    expect(report.facts[0]).toMatchObject({
      name: 'identity',
      state: 'missing',
      value: expect.stringContaining('ExpiredToken'),
    });
    expect(report.account).toBeNull();
  });

  it('reads more parameters than one call takes', async () => {
    const mixed = goodPlan(
      cloudExperiment({
        targets: [
          { sagemaker: { instanceTypes: ['ml.g4dn.xlarge', 'ml.c7g.large', 'ml.c7i.large', 'ml.inf1.xlarge'] } },
          { ec2: { instanceTypes: ['g4dn.xlarge', 'c7g.large', 'c7i.large', 'inf1.xlarge'] } },
        ],
        runtimes: [
          { triton: { backend: 'onnxruntime' } },
          { torch: { device: ['cpu', 'cuda'] } },
          { onnxruntime: {} },
          { neuron: { mode: 'data-parallel' } },
          { torchbench: {} },
        ],
      }),
    );
    const report = await examine(mixed);
    expect(aws.world.calls.filter((call) => call === 'ssm:GetParameters')).toHaveLength(2);
    const images = report.facts.filter(({ name }) => name.startsWith('image '));
    expect(images.map(({ name }) => name)).toHaveLength(8);
  });

  it('believes the code only under its name, and finds a renumbered quota by name', async () => {
    const quotas = quotasIn(aws.world);
    quotas.find(({ code }) => code === 'L-B67CFA0C')!.name = 'ml.p4d.24xlarge for endpoint usage';
    quotas.push({
      service: 'sagemaker',
      code: 'L-NEW',
      name: 'ml.g4dn.xlarge for endpoint usage',
      applied: 7,
      usual: 0,
    });
    const report = await examine(g4dn());
    expect(quotaInstances(report.quotas, 'sagemaker', 'ml.g4dn.xlarge')).toBe(7);
    expect(report.quotas.find(({ service }) => service === 'sagemaker')!.code).toBe('L-NEW');
  });

  it('falls back to AWS’s default where the account has no value of its own, and says so', async () => {
    const plan = goodPlan(
      cloudExperiment({ targets: [{ sagemaker: { instanceTypes: ['ml.c7g.large'] } }], runtimes: [{ torch: {} }] }),
    );
    const report = await examine(plan);
    expect(report.facts.find(({ name }) => name === 'quota ml.c7g.large for endpoint usage')).toMatchObject({
      state: 'ok',
      value: "16 instances, 0 in use (AWS's default)",
    });
    expect(quotaInstances(report.quotas, 'sagemaker', 'ml.c7g.large')).toBeNull();
  });

  it('counts endpoints that run already against the quota', async () => {
    addEndpoint(aws.world, 'a', 'ml.g4dn.xlarge', 3);
    addEndpoint(aws.world, 'b', 'ml.m5.large', 5);
    addEndpoint(aws.world, 'c', 'ml.g4dn.xlarge', 1);
    const report = await examine(g4dn());
    expect(report.skipped).toMatchObject([{ code: 'quota', fix: expect.stringContaining('is 4 and 4 in use') }]);
  });

  it('reads the quota of the load generator, and none for an account alone', async () => {
    quotasIn(aws.world).push({
      service: 'fargate',
      code: 'L-3032A538',
      name: 'Fargate On-Demand vCPU resource count',
      applied: 6,
      usual: 6,
    });
    expect(await named(g4dn(), 'quota Fargate On-Demand vCPU resource count')).toMatchObject({
      state: 'ok',
      value: '6 vcpus',
    });
    const before = aws.world.calls.length;
    await examine(null);
    expect(aws.world.calls.slice(before).filter((call) => call.startsWith('servicequotas'))).toEqual([]);
  });

  it('counts running instances by family, with their threads, Spot apart', async () => {
    addInstance(aws.world, { type: 'c7g.4xlarge', cores: 16, threads: 1 });
    addInstance(aws.world, { type: 'm5.xlarge', cores: 2, threads: 2 });
    addInstance(aws.world, { type: 'c7i.4xlarge', cores: 8, threads: 2, spot: true });
    addInstance(aws.world, { type: 'g5.xlarge', cores: 2, threads: 2 });
    const report = await examine(graviton());
    expect(report.quotas.find(({ code }) => code === 'L-1216C47A')).toMatchObject({ value: 32, inUse: 20 });
    expect(report.skipped).toMatchObject([{ code: 'quota', fix: expect.stringContaining('--desired-value 36 ') }]);
  });

  it('goes on where a right is missing, and says which', async () => {
    for (const call of [
      'servicequotas:GetServiceQuota',
      'ec2:DescribeInstanceTypeOfferings',
      'ec2:DescribeInstances',
    ]) {
      aws.world.faults.push({ call, code: 'AccessDeniedException', message: 'not authorized' });
    }
    const report = await examine(graviton());
    expect(report.skipped).toEqual([]);
    const warned = report.facts.filter(({ state }) => state === 'warning').map(({ name }) => name);
    expect(warned).toEqual(expect.arrayContaining(['quota Running On-Demand Standard', 'offering']));
  });

  it('finds the zones that offer a type, and those of the Lab', async () => {
    expect(await named(graviton(), 'offering c7g.4xlarge')).toMatchObject({
      state: 'ok',
      value: 'us-east-1a, us-east-1b, us-east-1c',
    });
    accountIn(aws.world).subnets = { 'subnet-1': 'us-east-1e' };
    expect(await named(graviton(), 'offering c7g.4xlarge')).toMatchObject({ state: 'missing' });
  });

  it.each([
    ['known', 'ok', 'available'],
    ['unknown', 'warning', 'does not know them'],
  ] as const)('durable executions that are %s', async (durable, state, value) => {
    accountIn(aws.world).durable = durable;
    expect(await named(null, 'durable functions')).toMatchObject({ state, value: expect.stringContaining(value) });
  });

  it('takes a refusal by IAM for no answer about durable executions', async () => {
    aws.world.faults.push({
      call: 'lambda:ListDurableExecutionsByFunction',
      code: 'AccessDeniedException',
      message: 'User is not authorized',
      status: 403,
    });
    expect(await named(null, 'durable functions')).toMatchObject({
      state: 'warning',
      value: expect.stringContaining('not known'),
    });
  });
});
