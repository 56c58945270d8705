import { afterEach, describe, expect, it } from 'vitest';
import { cloudPlan } from '../../support/aws/cloud-plan.ts';
import { CloudRun } from '../../support/aws/cloud-run.ts';

/** The ledger counts in millionths, one rounding for each of at most nine resources. */
const ROUNDING_USD = 10e-6;

let run: CloudRun;
afterEach(() => run?.close());

describe('a run on AWS', () => {
  it('measures every configuration, confirms the best, leaves nothing, and its bill is the meter’s', async () => {
    const load = { protocol: 'capacity', users: [1], rounds: 1, confirm: { finalists: 1, rounds: 1 } };
    run = await CloudRun.start(cloudPlan({ runtimes: [{ emulated: { fixedMs: [1, 2], perItemMs: 1 } }], load }));
    expect(await run.live()).toMatchObject({ state: 'done', error: null, alive: [], unlisted: [] });
    expect((await run.trials()).map(({ outcome }) => outcome)).toEqual(['valid', 'valid', 'valid']);
    await run.invariants();
    const { spentUsd, reservedUsd } = await (await run.ports(null)).ledger.balance();
    expect(reservedUsd).toBe(0);
    expect(run.meter.lines().filter(({ kind }) => kind === 'endpoint')).toHaveLength(3);
    expect(run.meter.lines().filter(({ kind }) => kind === 'task')).toHaveLength(6);
    // Two deletions run side by side: a look for one may see the other gone, up to a look (30 s) before its own does.
    const lookUsd = (3 * 30 * 0.2) / 3600;
    expect(spentUsd).toBeGreaterThan(run.meter.usd() - ROUNDING_USD);
    expect(spentUsd).toBeLessThan(run.meter.usd() + lookUsd + ROUNDING_USD);
  });

  it('does the same on EC2, where nothing runs beside it, to the millionth', async () => {
    run = await CloudRun.start(cloudPlan({ targets: [{ ec2: { instanceTypes: ['c7i.xlarge'] } }] }));
    expect(await run.live()).toMatchObject({ state: 'done', error: null, alive: [], unlisted: [] });
    expect((await run.trials()).map(({ outcome }) => outcome)).toEqual(['valid']);
    await run.invariants();
    const { spentUsd } = await (await run.ports(null)).ledger.balance();
    expect(Math.abs(spentUsd - run.meter.usd())).toBeLessThan(ROUNDING_USD);
  });
});
