/**
 * The one suite that spends money, and at most 2 USD: a sweep of three deployments, one that is stopped without a chance to
 * tear down, and one under way while the stack is deployed anew. It runs only with INFERSWEEP_LIVE=yes, credentials, and
 * Guard, Images and Lab deployed; otherwise it says what it would do, and that this stays below the ceiling.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { Receipt } from '../../lib/core/report/receipt.ts';
import { kit, root } from '../support/cli.ts';

const CEILING_USD = 2;
const LIVE = process.env['INFERSWEEP_LIVE'] === 'yes';
const live = join(root, 'test', 'live');
const three = join(live, 'experiment.yaml');
const single = join(live, 'single.yaml');
const folder = mkdtempSync(join(tmpdir(), 'infersweep-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => kit(args, { cwd: folder });

async function plan(experiment: string): Promise<Plan> {
  const planned = await run('plan', experiment, '--json');
  expect(planned.code, planned.stderr).toBe(0);
  return JSON.parse(planned.stdout) as Plan;
}

/** The newest run here, in JSON. */
const statusOf = async () => JSON.parse((await run('status', '--json')).stdout) as { runId: string; spentUsd: number };
const receiptOf = (runId: string) =>
  JSON.parse(readFileSync(join(folder, '.infersweep', 'runs', runId, 'receipt.json'), 'utf8')) as Receipt;

/** Of the sweeps that have ended. */
let spentUsd = 0;
/** What is spent and the whole budget of the next sweep, which its ledger never exceeds: known before it starts. */
async function withinCeiling(experiment: string): Promise<void> {
  expect(spentUsd + (await plan(experiment)).budget.usd!).toBeLessThanOrEqual(CEILING_USD);
}

describe('before anything is spent', () => {
  it('a sweep of three deployments and two of one hold no more than the ceiling, each by its own budget', async () => {
    const [whole, one] = [await plan(three), await plan(single)];
    expect([whole, one].map(({ deployments }) => deployments.length)).toEqual([3, 1]);
    expect(whole.budget.usd).toBe(CEILING_USD);
    for (const { budget, estimate } of [whole, one]) expect(estimate.usdWorstCase).toBeLessThanOrEqual(budget.usd!);
    // What the stopped one may cost is held until its deadline, the last one's budget besides.
    expect(whole.estimate.usdExpected! + 2 * one.budget.usd!).toBeLessThanOrEqual(CEILING_USD);
  });
});

describe.skipIf(!LIVE)('in an account', () => {
  it('is ready', async () => {
    const doctor = await run('doctor', '--aws', three);
    expect(doctor.code, doctor.stdout + doctor.stderr).toBe(0);
  });

  it('three deployments are measured, torn down and proven gone', async () => {
    await withinCeiling(three);
    const ended = await run('run', three, '--on', 'aws', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const status = await statusOf();
    expect(receiptOf(status.runId)).toMatchObject({ alive: [], unlisted: [] });
    expect(status.spentUsd).toBeGreaterThan(0);
    spentUsd += status.spentUsd;
  });

  it('one that is stopped from outside leaves nothing once its deadline has passed', async () => {
    await withinCeiling(single);
    const started = kit(['run', single, '--on', 'aws', '--json'], { cwd: folder });
    await new Promise((resolve) => setTimeout(resolve, 6 * 60_000));
    const { runId } = await statusOf();
    stopExecutionOf(runId);
    await started;
    // The reaper's own pass, forced for this run instead of waiting for the deadline.
    const swept = await run('sweep-leaks', '--run', runId, '--delete', '--json');
    expect(swept.code, swept.stdout + swept.stderr).toBe(0);
    // Nobody is left to settle it: all that it may have held.
    spentUsd += (await plan(single)).budget.usd!;
  });

  it('one under way goes on with its own version while the stack is deployed', async () => {
    await withinCeiling(single);
    const started = kit(['run', single, '--on', 'aws', '--json'], { cwd: folder });
    await new Promise((resolve) => setTimeout(resolve, 6 * 60_000));
    execFileSync('npx', ['cdk', 'deploy', 'InfersweepLab', '--require-approval', 'never'], { cwd: root });
    const ended = await started;
    expect(ended.code, ended.stderr).toBe(0);
    expect(receiptOf((await statusOf()).runId)).toMatchObject({ alive: [], unlisted: [] });
  });
});

/** StopDurableExecution: nothing of the sweep runs any more, its `finally` included. */
function stopExecutionOf(runId: string): void {
  const aws = (...args: string[]) => execFileSync('aws', [...args, '--output', 'json']).toString();
  const { Parameter } = JSON.parse(aws('ssm', 'get-parameter', '--name', '/infersweep/lab'));
  const functionArn: string = JSON.parse(Parameter.Value).sweep.start;
  const name = functionArn.split(':')[6]!;
  const { DurableExecutions } = JSON.parse(
    aws('lambda', 'list-durable-executions-by-function', '--function-name', name),
  );
  for (const { DurableExecutionArn, Status } of DurableExecutions) {
    if (Status === 'RUNNING') aws('lambda', 'stop-durable-execution', '--durable-execution-arn', DurableExecutionArn);
  }
  console.log(`stopped the executions of ${runId}`);
}
