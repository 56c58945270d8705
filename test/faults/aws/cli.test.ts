/**
 * Runs that the built command line drives on the loopback AWS: a controller killed with SIGKILL at every journal write and
 * resumed by another process, and what the verbs say and do about what such a death leaves behind.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CliRun } from '../../support/aws/cli-run.ts';
import { cloudExperiment, cloudPlan } from '../../support/aws/cloud-plan.ts';
import { EVERY } from '../../support/aws/cut-run.ts';

const canonical = {
  schema: 'infersweep.experiment.v1',
  name: 'canonical',
  slo: { percentile: 95, latencyMs: 50 },
  ...cloudExperiment(),
};
const HERE = ['run', 'experiment.yaml', '--from-here', '--json'];
/** A lease is abandoned after a minute without a heartbeat. */
// A lease is stale after 60 s; a clock is known to two.
const ABANDONED_SECONDS = 65;

const start = () =>
  CliRun.start(canonical, cloudPlan({ name: 'canonical' }), { hosting: { start: () => ({ seconds: 16 }) } });

async function expectWhole(cli: CliRun, at: string): Promise<void> {
  const validities = cli.records().map(({ validity }) => validity.status);
  expect(validities, at).toEqual(['valid']);
  const measured = cli.journal().filter((e) => e.kind === 'done' && e.path.endsWith('/measure'));
  expect(measured, `${at}: measured once, whatever was repeated before`).toHaveLength(1);
  expect(cli.receipt().alive, at).toEqual([]);
  expect(cli.receipt().unlisted, at).toEqual([]);
  await cli.cloud.invariants();
}

/** A canonical run has fewer writes than a row of the fault matrix: so much closer are they killed at. */
const CLOSER = 4;

let writes: number;
/** First journal write of the step `load`: by then there is an endpoint, and a task is about to be. */
let loading: number;
beforeAll(async () => {
  const cli = await start();
  const ended = await cli.kit(HERE);
  expect(ended.code, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout).choice).toMatchObject({ target: 'sagemaker', instanceType: 'ml.c7i.xlarge' });
  await expectWhole(cli, 'undisturbed');
  const { spentUsd } = cli.receipt();
  expect(Math.abs(spentUsd - cli.cloud.meter.usd())).toBeLessThan(10e-6);
  writes = cli.journal().length;
  loading = cli.journal().findIndex(({ path }) => path.includes('/load')) + 1;
  await cli.close();
}, 60_000);

describe('a controller of a run on AWS, killed at every journal write', () => {
  it.each(['before', 'after'] as const)(
    'loses nothing, repeats nothing, leaves nothing (%s the write)',
    async (side) => {
      expect(writes).toBeGreaterThan(40);
      const killAt = async (position: number) => {
        const at = `killed ${side} write ${position} of ${writes}`;
        const cli = await start();
        try {
          const killed = await cli.kit(HERE, { at: position, side });
          expect(killed.code, `${at}: ${killed.stderr}`).toBeNull();
          await cli.cloud.wait(ABANDONED_SECONDS);
          const resumed = await cli.kit(['resume', '--json']);
          expect(resumed.code, `${at}: ${resumed.stderr}`).toBe(0);
          expect(JSON.parse(resumed.stdout).choice.configuration, at).toBe('emulated');
          await expectWhole(cli, at);
        } finally {
          await cli.close();
        }
      };
      // Before a write is after the one before, but for what was done in between: every third has both.
      const all = Array.from({ length: writes }, (_, i) => i + 1);
      const step = Math.ceil(EVERY / CLOSER) * (side === 'after' ? 1 : 3);
      const positions = all.filter((position) => position % step === 0);
      const worker = async () => {
        for (let p = positions.shift(); p !== undefined; p = positions.shift()) await killAt(p);
      };
      await Promise.all([worker(), worker()]);
    },
    1_800_000,
  );
});

describe('after a controller was killed under load', () => {
  let cli: CliRun;
  afterEach(() => cli?.close());
  const killed = async () => {
    cli = await start();
    expect((await cli.kit(HERE, { at: loading + 2, side: 'after' })).code).toBeNull();
    expect(cli.cloud.world.alive().join()).toContain(':endpoint/');
  };

  it('status says what is alive and what it has cost, and resume what keeps it off for a minute', async () => {
    await killed();
    const early = await cli.kit(['resume']);
    expect(early.code).toBe(3);
    expect(early.stderr).toMatch(/driven by another process.*60 s/s);
    expect(JSON.parse((await cli.kit(['status', '--json'])).stdout).state).toBe('running');
    await cli.cloud.wait(ABANDONED_SECONDS);
    const status = JSON.parse((await cli.kit(['status', '--json'])).stdout);
    expect(status).toMatchObject({ state: 'interrupted', budgetUsd: 25, trials: { done: 0, left: 1 } });
    expect(status.reservedUsd).toBeGreaterThan(0);
    expect(status.live.map(({ kind }: { kind: string }) => kind)).toContain('endpoint');
  });

  it('destroy ends it all, proves it, and settles the bill', async () => {
    await killed();
    await cli.cloud.wait(ABANDONED_SECONDS);
    const destroyed = await cli.kit(['destroy']);
    expect(destroyed.code, destroyed.stderr).toBe(0);
    expect(destroyed.stdout).toMatch(/nothing of run canonical-\S+ is alive/);
    expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
    await cli.cloud.invariants({ ended: false });
  });

  it('sweep-leaks names it, touches nothing unasked, and with --delete ends it', async () => {
    await killed();
    const { runId, world } = cli.cloud;
    const before = world.alive();
    const looked = await cli.kit(['sweep-leaks', '--run', runId]);
    expect(looked.code, looked.stderr).toBe(6);
    expect(looked.stderr).toMatch(/:endpoint\//);
    expect(looked.stderr).toContain('sweep-leaks --delete');
    expect(world.alive()).toEqual(before);
    const swept = await cli.kit(['sweep-leaks', '--run', runId, '--delete']);
    expect(swept.code, swept.stderr).toBe(0);
    await cli.cloud.invariants({ ended: false });
  });
});

describe('what a run on AWS says', () => {
  let cli: CliRun;
  afterEach(() => cli?.close());

  it('who is to drive it must be said', async () => {
    cli = await start();
    const refused = await cli.kit(['run', 'experiment.yaml']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/--on aws.*--from-here/s);
    expect(cli.runs()).toEqual([]);
    expect(cli.cloud.world.calls).toEqual([]);
  });

  it('a deletion that is denied for ever ends in 6, with the ARN and the command', async () => {
    cli = await start();
    const denied = {
      call: 'sagemaker:DeleteEndpoint',
      code: 'AccessDeniedException',
      message: 'explicit deny in a service control policy',
      status: 400,
    };
    cli.cloud.world.faults.push(denied);
    const ended = await cli.kit(HERE);
    expect(ended.code, ended.stderr).toBe(6);
    expect(ended.stderr).toMatch(/still alive: endpoint arn:aws:sagemaker:us-east-1:\d+:endpoint\/\S+/);
    expect(ended.stderr).toMatch(/aws sagemaker delete-endpoint --endpoint-name \S+ --region us-east-1/);
    expect(cli.receipt().alive.map(({ kind }) => kind)).toContain('endpoint');
    cli.cloud.world.faults.length = 0;
    const destroyed = await cli.kit(['destroy']);
    expect(destroyed.code, destroyed.stderr).toBe(0);
    // What outlived its hold cost more than was held: that is what the 6 was about.
    expect(cli.cloud.world.alive()).toEqual([]);
  });

  it('a second controller is kept off with 3, and the first goes on', async () => {
    cli = await start();
    const first = cli.process(HERE);
    for (let look = 0; look < 600 && !cli.cloud.world.alive().some((arn) => arn.includes(':task/')); look++) {
      await new Promise((done) => setTimeout(done, 20));
    }
    first.child.kill('SIGSTOP');
    const second = await cli.kit(['resume']);
    first.child.kill('SIGCONT');
    expect(second.code, second.stderr).toBe(3);
    expect(second.stderr).toMatch(/driven by another process/);
    const ended = await first.ended;
    expect(ended.code, ended.stderr).toBe(0);
    await expectWhole(cli, 'beside a second controller');
  });
});
