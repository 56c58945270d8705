/**
 * Runs that AWS drives where Lambda has no durable functions: the command line starts a task of the loopback ECS, a process of
 * the container's own program, and follows it. While that process lives its pauses alone move the clock.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { taskUsdPerHour } from '../../../lib/core/plan/task-cost.ts';
import { CliRun, type CliRunOptions } from '../../support/aws/cli-run.ts';
import { cloudExperiment, cloudPlan } from '../../support/aws/cloud-plan.ts';
import { lab } from '../../support/aws/cloud-run.ts';
import { ControllerLauncher } from '../../support/aws/controller-launcher.ts';
import { BRIEF } from '../../support/aws/fault-rows.ts';
import { accountIn } from '../../support/aws/services/account.ts';
import type { Ended } from '../../support/cli.ts';

const canonical = {
  schema: 'infersweep.experiment.v1',
  name: 'canonical',
  slo: { percentile: 95, latencyMs: 50 },
  ...cloudExperiment(),
};

let cli: CliRun;
let controllers: ControllerLauncher;
afterEach(async () => {
  controllers?.kill();
  await cli?.close();
});

async function start(overrides: Record<string, unknown> = {}, o: CliRunOptions = {}): Promise<void> {
  controllers = new ControllerLauncher(() => cli.taskEnvironment);
  cli = await CliRun.start({ ...canonical, ...overrides }, cloudPlan({ name: 'canonical', ...overrides }), {
    ...BRIEF,
    controller: controllers,
    wait: async (cloud, seconds) => {
      if (controllers.alive > 0 && controllers.movesTime) await new Promise((done) => setTimeout(done, 100));
      else await cloud.wait(seconds);
    },
    ...o,
  });
  accountIn(cli.cloud.world).durable = 'unknown';
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; !(await holds()); look++) {
    if (look === 2400) throw new Error(`it never came to hold\n${controllers.said.join('\n')}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const CONTROLLER_USD_PER_HOUR = taskUsdPerHour({ ...lab.loadTask, ...lab.controllerTask }, 'us-east-1');
const run = ['run', 'experiment.yaml', '--on', 'aws', '--json'];
const all = (ended: Ended) => `${ended.stderr}\n${controllers.said.join('\n')}`;
const controllerTasks = () =>
  [...cli.cloud.world.things.values()].filter(
    ({ kind, detail }) => kind === 'task' && (detail as { container?: string })?.container === 'controller',
  );

/** What was measured, without the moments and the names of the controller that it was. */
const measured = () =>
  cli
    .records()
    .map(({ startedAt: _, startup: __, versions: { driver: ___, infersweep: ____, ...versions }, ...rest }) => ({
      ...rest,
      versions,
    }));

/** At an end without leaks everything is paid for, and by no less than the bill. */
async function expectEnded(): Promise<void> {
  expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
  await cli.cloud.invariants();
  const { spentUsd, reservedUsd } = await cli.cloud.balance();
  expect(reservedUsd, 'nothing is held').toBe(0);
  expect(spentUsd, 'spent ≥ bill').toBeGreaterThan(cli.cloud.meter.usd() - 1e-4);
  expect(cli.cloud.world.calls, 'no deadline had to fire').not.toContain('lambda:Invoke');
}

describe('a run that a task on Fargate drives', () => {
  it('ends as one that a terminal drives: its records, a receipt of nothing, the bill', async () => {
    await start();
    const here = await cli.kit(['run', 'experiment.yaml', '--from-here', '--json']);
    expect(here.code, here.stderr).toBe(0);
    const expected = measured();
    expect(expected.map(({ validity }) => validity.status)).toEqual(['valid']);
    await cli.close();
    await start();
    const ended = await cli.kit(run);
    expect(ended.code, all(ended)).toBe(0);
    expect(ended.stderr).toMatch(/in a task on Fargate/);
    expect(JSON.parse(ended.stdout).choice).toEqual(JSON.parse(here.stdout).choice);
    expect(measured()).toEqual(expected);
    expect(controllerTasks().map(({ status }) => status)).toEqual(['STOPPED']);
    await expectEnded();
    // Between the bill of everything and that with the seconds that a controller cannot see of itself.
    const { spentUsd } = await cli.cloud.balance();
    expect(spentUsd - cli.cloud.meter.usd()).toBeLessThan(CONTROLLER_USD_PER_HOUR * (180 / 3600));
    // A watch that comes late sees the same end.
    const watched = await cli.kit(['watch', '--json']);
    expect([watched.code, JSON.parse(watched.stdout).choice]).toEqual([0, JSON.parse(ended.stdout).choice]);
  });

  it.each([
    { at: 1, side: 'before' },
    { at: 20, side: 'before' },
    { at: 27, side: 'after' },
    { at: 36, side: 'after' },
    { at: 44, side: 'after' },
  ] as const)(
    'that dies $side write $at of its journal is begun again by resume: one record, nothing left',
    async (death) => {
      await start();
      controllers.deaths.push(death);
      const died = await cli.kit(run);
      expect(died.code, all(died)).toBe(6);
      expect(died.stderr).toMatch(/its controller stopped before the run had ended.*exit 137/);
      expect(died.stderr).toMatch(/not known whether anything is left/);
      expect(died.stderr).toMatch(/continue with: .* resume canonical-/);
      const status = await cli.kit(['status']);
      expect(status.stdout).toMatch(/: interrupted; .*1 left|: done/);
      const tasksBefore = cli.cloud.world.calls.filter((call) => call === 'ecs:RunTask').length;
      const resumed = await cli.kit(['resume', '--json']);
      expect(resumed.code, all(resumed)).toBe(0);
      expect(JSON.parse(resumed.stdout).choice).toMatchObject({ configuration: 'emulated' });
      expect(cli.records().map(({ validity }) => validity.status)).toEqual(['valid']);
      expect(controllerTasks().map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED']);
      const created = cli.cloud.world.calls.filter((call) => call === 'sagemaker:CreateEndpoint');
      expect(created.length, 'one of each controller').toBeLessThanOrEqual(2);
      // Its paths are its own: it measures its own deployment, and takes no load of the dead one's for that.
      const tasks = cli.cloud.world.calls.filter((call) => call === 'ecs:RunTask').length - tasksBefore;
      expect(tasks, 'the controller, a check and a load').toBe(3);
      await expectEnded();
    },
  );

  it('measures no trial again that has its record', async () => {
    const load = { protocol: 'capacity', users: [1], rounds: 1, confirm: { finalists: 1, rounds: 1 } };
    const runtimes = [{ emulated: { fixedMs: [1, 2], perItemMs: 1 } }];
    let killed = false;
    await start(
      { load, runtimes },
      {
        during: async (cloud) => {
          // The third is that of the confirmation.
          if (killed || cloud.world.calls.filter((call) => call === 'sagemaker:CreateEndpoint').length < 3) return;
          killed = true;
          controllers.kill();
        },
      },
    );
    const died = await cli.kit(run);
    expect([died.code, killed], all(died)).toEqual([6, true]);
    const screened = cli.records();
    expect(screened.map(({ purpose }) => purpose)).toEqual(['screen', 'screen']);
    const tasksBefore = cli.cloud.world.calls.filter((call) => call === 'ecs:RunTask').length;
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, all(resumed)).toBe(0);
    expect(cli.records().slice(0, 2)).toEqual(screened);
    expect(cli.records().map(({ purpose }) => purpose)).toEqual(['screen', 'screen', 'confirm']);
    // The controller, and two loads of the one deployment that is confirmed.
    expect(cli.cloud.world.calls.filter((call) => call === 'ecs:RunTask').length - tasksBefore).toBe(3);
    await expectEnded();
  });

  it('is left by everybody: its deadline ends it, what it made is ended by theirs, and it cost no more than was held', async () => {
    await start();
    controllers.deaths.push({ at: 27 });
    await cli.kit(run);
    await cli.cloud.reapFor(6 * 3600);
    await cli.cloud.invariants({ ended: false });
  });

  it('hangs: nothing it does ends its task, and its deadline does', async () => {
    await start();
    controllers.hangs = true;
    const running = cli.process(run);
    await until(() => controllers.alive === 1);
    running.child.kill('SIGKILL');
    await running.ended;
    const [task] = controllerTasks();
    const expiresMs = Date.parse(task!.tags['infersweep:expires-at']!);
    await cli.cloud.firing.elapse((expiresMs - cli.cloud.world.nowMs) / 1000 - 60);
    expect([controllerTasks()[0]!.status, controllers.alive]).toEqual(['RUNNING', 1]);
    await cli.cloud.firing.elapse(120);
    expect(cli.cloud.world.calls).toContain('lambda:Invoke');
    // Two minutes from SIGTERM to SIGKILL.
    await until(async () => {
      await cli.cloud.firing.elapse(60);
      cli.cloud.world.alive();
      return controllers.alive === 0;
    });
    await cli.cloud.firing.elapse(60);
    expect(controllerTasks()[0]!.status).toBe('STOPPED');
    await cli.cloud.invariants({ ended: false });
  });

  it('is ended by destroy while it runs, with what it made', async () => {
    let asked = false;
    let resumes = false;
    const hasEndpoint = () => cli.cloud.world.alive().some((arn) => arn.includes(':endpoint/'));
    // Its time stands still until it is asked, or it would have ended before.
    await start({}, { during: () => (hasEndpoint() && !resumes ? until(() => asked) : undefined) });
    cli.cloud.aws.witnesses.push(({ operation, request }) => {
      if (operation === 'UpdateItem' && request.body.includes('"interrupt"')) asked = true;
    });
    const running = cli.process(run);
    await until(hasEndpoint);
    const destroyed = await cli.kit(['destroy', '--json']);
    expect(destroyed.code, all(destroyed)).toBe(0);
    expect(JSON.parse(destroyed.stdout)).toMatchObject({ alive: [], unlisted: [] });
    expect((await running.ended).code).toBe(130);
    expect(controllerTasks().map(({ status }) => status)).toEqual(['STOPPED']);
    await cli.cloud.invariants({ ended: false });
    expect((await cli.cloud.balance()).reservedUsd).toBe(0);
    // What was asked of that controller is not asked of the next.
    resumes = true;
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, all(resumed)).toBe(0);
    expect(cli.records().map(({ validity }) => validity.status)).toEqual(['valid']);
    expect(controllerTasks().map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED']);
    await expectEnded();
  });

  it('is ended by destroy though it hangs', async () => {
    await start();
    controllers.hangs = true;
    const running = cli.process(run);
    await until(() => controllers.alive === 1);
    running.child.kill('SIGKILL');
    await running.ended;
    // Its pauses move nothing, so those of whoever destroys it do.
    controllers.movesTime = false;
    const destroyed = await cli.kit(['destroy', '--json']);
    expect(destroyed.code, all(destroyed)).toBe(0);
    expect(controllerTasks().map(({ status }) => status)).toEqual(['STOPPED']);
    await cli.cloud.invariants({ ended: false });
    expect((await cli.cloud.balance()).reservedUsd).toBe(0);
  });

  it('is one, whoever starts it besides', async () => {
    await start();
    const running = cli.process(run);
    await until(() => controllers.alive === 1);
    const besides = await cli.kit(['resume', '--json']);
    const ended = await running.ended;
    expect([ended.code, besides.code], all(besides)).toEqual([0, 0]);
    expect(JSON.parse(besides.stdout).choice).toEqual(JSON.parse(ended.stdout).choice);
    expect(controllerTasks()).toHaveLength(1);
    await expectEnded();
  });

  it('is refused where the budget has no room for it, and nothing is created', async () => {
    await start({ budget: { usd: 1 } }, { ecs: { ...BRIEF.ecs, capacity: (n) => n > 1 } });
    expect((await cli.kit(run)).code).toBe(3);
    const { ledger } = await cli.cloud.ports(null);
    await ledger.reserve({ name: 'spent-before', usd: 0.99 });
    const refused = await cli.kit(['resume', '--json']);
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringMatching(/no room for the controller.*0\.99\d* spent/),
    ]);
    expect(cli.cloud.world.things.size).toBe(0);
  });

  it('is begun again by resume after Fargate had no capacity for it, for which nothing is paid', async () => {
    await start({}, { ecs: { ...BRIEF.ecs, capacity: (n) => n > 1 } });
    const refused = await cli.kit(run);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/no capacity for the controller/)]);
    expect(refused.stderr).toMatch(/next: .*resume canonical-/);
    expect(cli.cloud.world.alive()).toEqual([]);
    expect(await cli.cloud.balance()).toMatchObject({ reservedUsd: 0, spentUsd: 0 });
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, all(resumed)).toBe(0);
    await expectEnded();
  });

  it('is started once when the answer to its start is lost', async () => {
    await start();
    cli.cloud.world.faults.push({ call: 'ecs:RunTask', code: 'x', message: 'x', lost: 'answer', times: 1 });
    const ended = await cli.kit(run);
    expect(ended.code, all(ended)).toBe(0);
    expect(controllerTasks()).toHaveLength(1);
    await expectEnded();
  });

  it('is refused by its controller where the plan in the bucket is not the one that was started', async () => {
    await start();
    let edited = false;
    cli.cloud.aws.witnesses.push(({ operation }) => {
      if (operation !== 'RunTask' || edited) return;
      edited = true;
      const key = `runs/${cli.runs().at(-1)}/plan.json`;
      const plan = JSON.parse(cli.cloud.object('results', key)!);
      cli.cloud.put('results', key, JSON.stringify({ ...plan, budget: { usd: 1000, hours: null } }));
    });
    const refused = await cli.kit(run);
    expect([refused.code, refused.stderr], all(refused)).toEqual([
      1,
      expect.stringMatching(/plan\.json is not the one that was started/),
    ]);
    expect(cli.records()).toEqual([]);
    expect(cli.cloud.world.calls).not.toContain('sagemaker:CreateEndpoint');
    expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
    await cli.cloud.invariants({ ended: false });
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, all(resumed)).toBe(0);
    await expectEnded();
  });

  it('is chosen by name where Lambda has durable functions, and only for what AWS drives', async () => {
    await start();
    accountIn(cli.cloud.world).durable = 'known';
    const ended = await cli.kit([...run, '--carrier', 'fargate']);
    expect(ended.code, all(ended)).toBe(0);
    expect(controllerTasks()).toHaveLength(1);
    const wrong = await cli.kit([...run, '--carrier', 'lambda']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/one of durable, fargate/)]);
    const here = await cli.kit(['run', 'experiment.yaml', '--from-here', '--carrier', 'fargate']);
    expect([here.code, here.stderr]).toEqual([2, expect.stringMatching(/AWS drives/)]);
  });
});
