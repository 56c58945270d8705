/** Rows 13, 14, 16 and 17 of the fault matrix (reliability-and-ux.md, A2): the load that ends badly, wrong clocks, torn results. */
import { expect, it } from 'vitest';
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { records } from '../../support/aws/fault-rows.ts';
import { atAnotherTime, CLOCKS } from '../../support/aws/rows/clock.ts';
import { HEALTHY } from '../../support/aws/rows/healthy.ts';
import { RESULTS } from '../../support/aws/rows/loads.ts';
import { BOTH, onJournal, withRun } from '../../support/aws/rows/row.ts';

const dynamo = sharedDynamo();

cutRows([...RESULTS, ...CLOCKS], dynamo);

it.each(BOTH)('row 16: a clock changes neither durations, nor deadline, nor bill on %s', async (_where, overrides) => {
  const right = await atAnotherTime(onJournal, 0, overrides, dynamo());
  expect(right).toMatchObject({ outcome: 'valid', deadlineSeconds: expect.any(Number) });
  expect(right.deadlineSeconds).toBeGreaterThan(0);
  for (const skewMs of [3_600_000, -3_600_000])
    expect(await atAnotherTime(onJournal, skewMs, overrides, dynamo())).toEqual(right);
});

it('row 17: a second result, and a second record of a trial, change nothing', () =>
  withRun(HEALTHY[0]!, dynamo(), async (run) => {
    await onJournal(run);
    const [record] = await records(run);
    const { records: written, store } = await run.ports(null);
    await written.append({ ...record!, startedAt: '1999-01-01T00:00:00.000Z', stairs: [] });
    await written.skip({
      trial: record!.trial,
      row: { configuration: 'x', target: 'sagemaker', instanceType: 'x', code: 'quota', rule: null, fix: 'x' },
    });
    expect(await records(run)).toEqual([record]);
    expect(await written.skipped()).toEqual([]);
    const [key] = await store.list('records/');
    const { putOnce } = store as unknown as { putOnce(key: string, text: string): Promise<boolean> };
    expect(await putOnce.call(store, key!, '{}')).toBe(false);
    expect(await records(run)).toEqual([record]);
    await run.invariants();
  }));
