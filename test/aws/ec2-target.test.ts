import { afterEach, describe, expect, it } from 'vitest';
import { Ec2Lab } from '../support/aws/ec2-lab.ts';
import { scriptedHosts } from '../support/aws/host-launcher.ts';
import type { Ec2CloudOptions } from '../support/aws/services/ec2-cloud.ts';

let lab: Ec2Lab;
afterEach(() => lab.aws.close());

const healthy = scriptedHosts(() => ({ readyAfterSeconds: 30 }));
async function labWith(o: Partial<Ec2CloudOptions> = {}) {
  lab = await Ec2Lab.start({ launcher: healthy, ...o });
  return lab.target();
}
const things = (kind: string) => [...lab.aws.world.things.values()].filter((t) => t.kind === kind);

/** The start document is read between two looks. */
async function pass(seconds: number) {
  for (const part of [Math.min(seconds, 12), Math.max(0, seconds - 12)]) {
    lab.aws.world.advance(part);
    lab.aws.world.alive();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function goneAfterDestroy(name: string) {
  const target = lab.target();
  for (let looks = 0; looks < 20; looks++) {
    await target.destroy(name);
    if (!(await target.list('run-1')).some((r) => r.name === name)) return looks;
    await pass(10);
  }
  throw new Error('never gone');
}

describe('a launch on EC2', () => {
  it('tags the host and its volume in the call that makes them, and says where its start document is', async () => {
    const target = await labWith();
    const answer = await target.deploy(lab.request('infersweep-a'));
    expect(answer).toEqual({ state: 'accepted', acceptedAtMs: lab.aws.world.nowMs });
    expect(lab.aws.world.calls.filter((c) => c.startsWith('ec2:Run') || c.startsWith('ec2:CreateTags'))).toEqual([
      'ec2:RunInstances',
    ]);
    const expected = {
      Name: 'infersweep-a',
      'infersweep:run': 'run-1',
      'infersweep:expires-at': expect.stringMatching(/^2026-01-31T13:00:00/),
      'infersweep:ttl-minutes': '60',
      'infersweep:start': 's3://results/hosts/run-1/infersweep-a.json',
    };
    expect(things('instance')[0]!.tags).toMatchObject(expected);
    expect(things('volume')[0]!.tags).toMatchObject(expected);
    const start = JSON.parse(lab.store.objects.get('hosts/run-1/infersweep-a.json')!);
    expect(start).toMatchObject({
      model: null,
      output: null,
      containers: [
        { image: expect.stringMatching(/infersweep\/cpu@sha256/), environment: { INFERSWEEP_PORT: '8080' } },
      ],
    });
  });

  it('asks the next subnet where one has no capacity, and never for another type', async () => {
    const target = await labWith({ capacity: (_, zone) => (zone === 'us-east-1a' ? 'insufficient' : 'yes') });
    expect(await target.deploy(lab.request('a'))).toMatchObject({ state: 'accepted' });
    expect(lab.cloud.asked).toEqual(['c7i.xlarge', 'c7i.xlarge']);
    expect(things('instance').map((t) => t.detail!['zone'])).toEqual(['us-east-1b']);
  });

  it.each(['insufficient', 'unsupported'] as const)('gives up for capacity when every subnet is %s', async (how) => {
    const target = await labWith({ capacity: () => how });
    const answer = await target.deploy(lab.request('a'));
    expect(answer).toMatchObject({
      state: 'refused',
      code: 'capacity',
      reason: expect.stringMatching(/subnet-a.*subnet-b/),
    });
    expect(lab.cloud.asked).toEqual(['c7i.xlarge', 'c7i.xlarge']);
    expect(await target.list('run-1')).toEqual([]);
  });

  it('names the quota that forbids it, and asks once', async () => {
    const target = await labWith({ vcpuLimit: 0 });
    const runtime = lab.request('a', { instanceType: 'g4dn.xlarge' });
    const answer = await target.deploy(runtime);
    expect(answer).toMatchObject({ state: 'refused', code: 'quota', reason: expect.stringContaining('L-DB2E81BA') });
    expect(lab.cloud.asked).toHaveLength(1);
  });

  it('finds the host whose answer got lost, even where another subnet now has capacity', async () => {
    let first: 'insufficient' | 'yes' = 'insufficient';
    await labWith({ capacity: (_, zone) => (zone === 'us-east-1a' ? first : 'yes'), hiddenSeconds: 5 });
    const lose = {
      call: 'ec2:RunInstances',
      about: 'subnet-b',
      code: '',
      message: '',
      lost: 'answer',
      times: 1,
    } as const;
    lab.aws.world.faults.push({ ...lose });
    await expect(lab.target().deploy(lab.request('a'))).rejects.toThrow();
    first = 'yes';
    expect(await lab.target().deploy(lab.request('a'))).toMatchObject({ state: 'accepted' });
    expect(things('instance')).toHaveLength(1);
  });

  it('lets an error that is no answer through: nobody knows what became of it', async () => {
    const target = await labWith();
    lab.aws.world.faults.push({ call: 'ec2:RunInstances', code: 'InternalError', message: 'x', status: 500, times: 1 });
    await expect(target.deploy(lab.request('a'))).rejects.toThrow();
  });

  it('refuses what the Lab has no template for, and what would outlive its hosts', async () => {
    const target = await labWith();
    expect(await target.deploy(lab.request('a', { instanceType: 'c7g.xlarge' }))).toMatchObject({
      code: 'rejected',
      reason: expect.stringMatching(/no launch template for c7g; there are: c7i, g4dn/),
    });
    expect(await target.deploy(lab.request('a', { ttlSeconds: 5 * 3600 }))).toMatchObject({
      code: 'rejected',
      reason: expect.stringMatching(/300 minutes.*after 240/),
    });
    expect(lab.cloud.asked).toEqual([]);
  });
});

describe('a host on EC2', () => {
  it('is ready once it says so, at its private address, with its timeline', async () => {
    const target = await labWith();
    await target.deploy(lab.request('a'));
    expect(await target.ready('a')).toMatchObject({ state: 'starting' });
    await pass(12);
    expect(await target.ready('a')).toMatchObject({ state: 'starting' });
    await pass(40);
    expect(await target.ready('a')).toMatchObject({
      state: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.\d+\.\d+\.\d+:8080$/),
      startupSeconds: 52,
      facts: { instanceType: 'c7i.xlarge', purchase: 'on-demand', readySeconds: 52 },
    });
  });

  it('says why its start failed although it has ended itself', async () => {
    const fails = 'container server ended with exit code 2';
    const target = await labWith({ launcher: scriptedHosts(() => ({ readyAfterSeconds: 5, fails })) });
    await target.deploy(lab.request('a'));
    await pass(30);
    await pass(120);
    expect(lab.aws.world.alive()).toEqual([]);
    expect(await target.ready('a')).toMatchObject({ state: 'failed', reason: fails });
  });

  it('that never started for want of capacity says nothing about the configuration', async () => {
    const target = await labWith();
    await target.deploy(lab.request('a'));
    const [thing] = things('instance');
    thing!.status = 'terminated';
    thing!.detail!['reason'] = { code: 'Server.InsufficientInstanceCapacity', message: 'no capacity' };
    expect(await target.ready('a')).toMatchObject({ state: 'failed', cause: 'capacity', reason: 'no capacity' });
  });

  it('is gone, not failed, when Spot takes it back', async () => {
    const target = await labWith();
    const request = lab.request('a');
    await target.deploy({ ...request, deployment: { ...request.deployment, purchase: 'spot' } });
    await pass(60);
    expect(await target.ready('a')).toMatchObject({ state: 'ready', facts: { purchase: 'spot' } });
    lab.cloud.interrupt(lab.aws.world, 'a');
    expect(await target.ready('a')).toMatchObject({
      state: 'gone',
      url: null,
      reason: expect.stringContaining('On-Demand'),
    });
  });

  it('ends by itself after its time, with its volume', async () => {
    const target = await labWith();
    await target.deploy(lab.request('a'));
    await pass(60);
    await pass(3600);
    await pass(61);
    expect(lab.aws.world.alive()).toEqual([]);
    expect(things('volume')).toEqual([]);
    expect(await target.ready('a')).toMatchObject({ state: 'gone' });
  });

  it('that EC2 does not show yet is listed and not gone, and a teardown goes on until it has ended', async () => {
    const target = await labWith({ hiddenSeconds: 30 });
    await target.deploy(lab.request('a'));
    expect(await lab.target().ready('a')).toMatchObject({ state: 'starting' });
    expect((await lab.target().list('run-1')).map((r) => r.name)).toEqual(['a']);
    expect(await goneAfterDestroy('a')).toBeGreaterThan(3);
    expect(lab.aws.world.alive()).toEqual([]);
  });
});

describe('the listing of EC2 hosts', () => {
  it('shows what is ending until it has ended, with the command that ends it', async () => {
    const target = await labWith();
    await target.deploy(lab.request('a'));
    await pass(60);
    await target.destroy('a');
    expect(await target.list('run-1')).toEqual([
      {
        kind: 'instance',
        id: expect.stringMatching(/^i-/),
        name: 'a',
        endCommand: expect.stringMatching(/^aws ec2 terminate-instances --instance-ids i-\d+ --region us-east-1$/),
      },
    ]);
    await pass(61);
    expect(await target.list('run-1')).toEqual([]);
  });

  it('doubts what bears the name of the kit and no run, and leaves the hosts of other runs out', async () => {
    const target = await labWith();
    lab.aws.world.add('instance', 'i-lost', { tags: { Name: 'infersweep-x' } });
    lab.aws.world.add('instance', 'i-other', { tags: { Name: 'infersweep-y', 'infersweep:run': 'run-2' } });
    expect(await target.list('run-1')).toMatchObject([
      { id: 'i-lost', doubt: expect.stringContaining('infersweep:run') },
    ]);
  });

  it('never takes a listing that failed for an empty one', async () => {
    const target = await labWith();
    lab.aws.world.faults.push({
      call: 'ec2:DescribeInstances',
      code: 'RequestLimitExceeded',
      message: 'x',
      status: 503,
    });
    await expect(target.list('run-1')).rejects.toThrow();
    await expect(target.ready('a')).rejects.toThrow();
  });
});

describe('the preflight of EC2', () => {
  it('skips what no zone of the Lab offers, what it has no template for, and what no image serves', async () => {
    const target = await labWith({ capacity: (type) => (type === 'g4dn.xlarge' ? 'unsupported' : 'yes') });
    const of = (instanceType: string, runtime = 'reference') => {
      const { deployment } = lab.request('a', { instanceType });
      return { ...deployment, configuration: { ...deployment.configuration, runtime } };
    };
    const rows = await target.preflight([
      of('c7i.xlarge'),
      of('g4dn.xlarge'),
      of('inf1.xlarge'),
      of('c7i.xlarge', 'torch'),
    ]);
    expect(rows.map(({ code, fix }) => [code, fix])).toEqual([
      ['not-offered', expect.stringContaining('no zone of the Lab')],
      ['not-offered', expect.stringContaining('deploy Lab with family inf1')],
      ['not-offered', expect.stringContaining('no image of the kit has torch for x86')],
    ]);
  });
});
