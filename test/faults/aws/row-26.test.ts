/** Row 26 of the fault matrix (reliability-and-ux.md, A2): the guard's stack is deleted under a run. */
import { afterEach, describe, expect, it } from 'vitest';
import { cloudPlan } from '../../support/aws/cloud-plan.ts';
import { CloudRun } from '../../support/aws/cloud-run.ts';
import { sharedDynamo } from '../../support/aws/cut-rows.ts';
import { cutEverywhere } from '../../support/aws/cut-run.ts';
import { deleteGuard } from '../../support/aws/fault-rows.ts';
import { HEALTHY } from '../../support/aws/rows/healthy.ts';

const dynamo = sharedDynamo();

let run: CloudRun;
afterEach(() => run?.close());

describe('row 26: the guard’s stack is deleted under a run', () => {
  it.each(HEALTHY)(
    'row 26, cut at every write: no controller comes back, and everything is gone first: $name',
    async (row) => {
      const { writes } = await cutEverywhere(row, dynamo(), async (own) => {
        expect(await deleteGuard(own)).toMatchObject({ Status: 'SUCCESS' });
        await own.invariants({ ended: false });
      });
      expect(writes).toBeGreaterThan(40);
    },
  );

  /** Dead with an endpoint of this start. */
  async function deadWithEndpoint(seconds: number | null, unstuckMs = Number.POSITIVE_INFINITY): Promise<CloudRun> {
    let own: CloudRun | null = null;
    const start = () => {
      const over = own !== null && own.world.nowMs > unstuckMs;
      return { seconds: over ? 0 : seconds };
    };
    own = await CloudRun.start(cloudPlan(), { hosting: { start } });
    for (let at = 12; own.world.of('endpoint').length === 0; at += 4)
      expect(await own.live({ at, lands: true })).toBe('dead');
    return own;
  }

  it('row 26: while something cannot be deleted the stack stays, and says what is alive', async () => {
    run = await deadWithEndpoint(30);
    const [endpoint] = run.world.of('endpoint');
    const denied = { code: 'AccessDeniedException', message: 'a policy of the organisation', status: 403 };
    run.world.faults.push({ call: 'sagemaker:DeleteEndpoint', ...denied });
    const refused = await deleteGuard(run);
    expect(refused.Status).toBe('FAILED');
    expect(refused.Reason).toContain(endpoint!.arn);
    expect(refused.Reason).toContain('AccessDeniedException');
    expect(run.world.of('endpoint')).toHaveLength(1);
    run.world.faults.length = 0;
    expect(await deleteGuard(run)).toMatchObject({ Status: 'SUCCESS' });
    await run.invariants({ ended: false });
  });

  it('row 26: an endpoint stuck in Creating for 40 minutes keeps the stack until it is gone', async () => {
    const startMs = Date.now();
    run = await deadWithEndpoint(null, startMs + 40 * 60_000);
    const answers: string[] = [];
    for (let tries = 0; tries < 8 && answers.at(-1) !== 'SUCCESS'; tries++)
      answers.push((await deleteGuard(run)).Status);
    expect(answers.slice(0, 2)).toEqual(['FAILED', 'FAILED']);
    expect(answers.at(-1)).toBe('SUCCESS');
    expect(run.world.nowMs - startMs).toBeGreaterThanOrEqual(40 * 60_000);
    await run.invariants({ ended: false });
  });
});
