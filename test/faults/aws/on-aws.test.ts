/**
 * Runs that AWS drives: the command line starts the deployed bundle as a durable execution of the loopback Lambda and
 * follows it. Time runs there at a multiple of ours, in the function's waits as in the world.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { DynamoLease } from '../../../lib/aws/lease.ts';
import type { RunEntries } from '../../../lib/aws/ledger-entry.ts';
import { CliRun } from '../../support/aws/cli-run.ts';
import { cloudExperiment, cloudPlan } from '../../support/aws/cloud-plan.ts';
import { DurableExecutions } from '../../support/aws/services/durable-executions.ts';
import { node24 } from '../../support/node24.mjs';

const SCALE = 20;
const canonical = {
  schema: 'infersweep.experiment.v1',
  name: 'canonical',
  slo: { percentile: 95, latencyMs: 50 },
  ...cloudExperiment(),
};

let cli: CliRun;
let executions: DurableExecutions;
let clock: ReturnType<typeof setInterval>;
let passing: Promise<void> | null = null;
afterEach(async () => {
  clearInterval(clock);
  // It reads the table, which is closed next.
  await passing;
  executions?.close();
  await cli?.close();
});

async function start(): Promise<void> {
  executions = new DurableExecutions({ node: node24(), scale: SCALE, environment: () => cli.cloud.aws.environment });
  cli = await CliRun.start(canonical, cloudPlan({ name: 'canonical' }), {
    hosting: { start: () => ({ seconds: 16 }) },
    lambda: executions.service,
    wait: (_cloud, seconds) => new Promise((done) => setTimeout(done, (seconds * 1000) / SCALE)),
  });
  let last = performance.now();
  clock = setInterval(() => {
    if (passing !== null) return;
    const now = performance.now();
    const seconds = ((now - last) / 1000) * SCALE;
    last = now;
    passing = cli.cloud
      .wait(seconds)
      .then(() => cli.note())
      .finally(() => {
        passing = null;
      });
  }, 100);
}

describe('a run that AWS drives', () => {
  it('ends as one that a terminal drives: one valid record, a receipt of nothing, the bill', async () => {
    await start();
    const ended = await cli.kit(['run', 'experiment.yaml', '--on', 'aws', '--json']);
    expect(ended.code, `${ended.stderr}\n${JSON.stringify(executions.all)}`).toBe(0);
    expect(JSON.parse(ended.stdout).choice).toMatchObject({ target: 'sagemaker', configuration: 'emulated' });
    expect(executions.all.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(cli.records().map(({ validity }) => validity.status)).toEqual(['valid']);
    expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
    await cli.cloud.invariants();
    // A watch that comes late sees the same end.
    const watched = await cli.kit(['watch', '--json']);
    expect(watched.code, watched.stderr).toBe(0);
    expect(JSON.parse(watched.stdout).choice).toEqual(JSON.parse(ended.stdout).choice);
  });

  it('Ctrl-C asks it to tear down and end, and the terminal sees it do so', async () => {
    await start();
    const running = cli.process(['run', 'experiment.yaml', '--on', 'aws']);
    for (let look = 0; look < 1200 && !cli.cloud.world.alive().some((arn) => arn.includes(':endpoint/')); look++) {
      await new Promise((done) => setTimeout(done, 50));
    }
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code, `${ended.stderr}\n${JSON.stringify(executions.all)}`).toBe(130);
    expect(ended.stderr).toMatch(/asking the run to tear down and end/);
    expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
    await cli.cloud.invariants({ ended: false });
    // What was asked of that execution is not asked of the next.
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, `${resumed.stderr}\n${JSON.stringify(executions.all)}`).toBe(0);
    expect(JSON.parse(resumed.stdout).choice).toMatchObject({ configuration: 'emulated' });
    expect(cli.records().map(({ validity }) => validity.status)).toEqual(['valid']);
    await cli.cloud.invariants();
  });

  it('is not begun beside a process that holds the run, and is once that has let go', async () => {
    await start();
    cli.cloud.world.faults.push({ call: 'lambda:Invoke', code: 'AccessDeniedException', message: 'no', times: 1 });
    const failed = await cli.kit(['run', 'experiment.yaml', '--on', 'aws']);
    expect([failed.code, executions.all], failed.stderr).toEqual([1, []]);
    const { entries, clock } = await cli.cloud.ports(null);
    const lease = new DynamoLease({ ...(entries as RunEntries), owner: 'a destroy', clock });
    await lease.acquire();
    const holding = setInterval(() => void lease.renew(), 200);
    const refused = await cli.kit(['resume']);
    clearInterval(holding);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/driven by another process/)]);
    expect(executions.all).toEqual([]);
    await lease.release();
    const resumed = await cli.kit(['resume', '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(executions.all.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    await cli.cloud.invariants();
  });
});
