/** Rows 1 and 2 of the fault matrix (reliability-and-ux.md, A2): a controller that dies, with and without a successor. */
import { describe, expect, it } from 'vitest';
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { cutEverywhere } from '../../support/aws/cut-run.ts';
import { guardArns } from '../../support/aws/iam-guard.ts';
import { HEALTHY } from '../../support/aws/rows/healthy.ts';
import { carryRow, onJournal, type Row, withRun } from '../../support/aws/rows/row.ts';

const dynamo = sharedDynamo();

const NAMED = HEALTHY.map((row, i) => [['SageMaker', 'EC2'][i]!, row] as const);

cutRows(HEALTHY, dynamo);

describe('row 2: a controller that dies, and nobody goes on', () => {
  /** Longer than anything of these plans may live. */
  const TTL_SECONDS = 3 * 3600;

  it.each(NAMED)(
    'row 2: at every write of the journal, the deadlines and the reaper end what is on %s',
    async (_, row) => {
      const { resumes } = await cutEverywhere(row, dynamo(), async (run) => {
        for (let passed = 0; passed < TTL_SECONDS && run.world.alive().length > 0; passed += 900)
          await run.reapFor(900);
        await run.invariants({ ended: false });
      });
      expect(resumes).toBe(0);
    },
  );

  const whileLoaded = async (row: Row, use: Parameters<typeof withRun>[2]) => {
    const { journal } = await carryRow(row, onJournal, dynamo());
    const at = journal.findIndex(({ path }) => path.endsWith('/load')) + 2;
    await withRun(row, dynamo(), async (run) => {
      expect(await run.live({ at, lands: true })).toBe('dead');
      expect(run.world.alive().length).toBeGreaterThan(2);
      await use(run);
    });
  };

  it.each(NAMED)('row 2: the deadline alone is enough on %s', (_, row) =>
    whileLoaded(row, async (run) => {
      await run.firing.elapse(TTL_SECONDS);
      expect(run.world.calls).toContain('lambda:Invoke');
      expect(run.world.alive()).toEqual([]);
    }),
  );

  it('row 2: the reaper’s own schedule alone is enough', () =>
    whileLoaded(HEALTHY[0]!, async (run) => {
      run.world.faults.push({ call: 'lambda:Invoke', code: 'AccessDeniedException', message: 'no', status: 403 });
      await run.reapFor(TTL_SECONDS);
      // A deadline that nobody hears is tried again for a day.
      const alive = run.world.alive();
      expect(alive.filter((arn) => !arn.includes(':schedule/'))).toEqual([]);
      expect(run.world.functions.has(guardArns.reaperFunction)).toBe(true);
      await run.invariants({ ended: false });
    }));
});
