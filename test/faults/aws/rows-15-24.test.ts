/** Rows 15 and 21 to 24 of the fault matrix (reliability-and-ux.md, A2): what the account does to a run. */
import { expect, it } from 'vitest';
import { refusalOf } from '../../../lib/core/plan/refusal.ts';
import { cloudPlan } from '../../support/aws/cloud-plan.ts';
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { holds, onJournal, withRun } from '../../support/aws/rows/row.ts';
import { ONE_IN_FIVE, SURROUNDINGS, UNPRICED } from '../../support/aws/rows/surroundings.ts';

const dynamo = sharedDynamo();

cutRows(SURROUNDINGS, dynamo);

it('row 21: a price that nobody knows is refused before anything where a budget is set', () => {
  expect(() => cloudPlan({ ...UNPRICED, budget: { usd: 20 } })).toThrow(/no-price.*ml\.c7i\.2xlarge/);
  // As a process, with exit code 3: test/e2e/account.test.ts.
  expect(refusalOf(cloudPlan(UNPRICED))).toBeNull();
});

it('row 22: once it may be deleted, the reaper does', () =>
  withRun(ONE_IN_FIVE, dynamo(), async (run) => {
    await holds(ONE_IN_FIVE, run, await onJournal(run));
    run.world.faults.length = 0;
    await run.reapFor(6 * 3600);
    expect(run.world.alive()).toEqual([]);
  }));
