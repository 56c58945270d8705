/** An adaptive sweep, whose every visit is proposed from what was recorded before it, on both carriers. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CrashRun, onDurable, onJournal } from '../support/crash-runs.ts';
import { QueueCloud, queuePlan, TRIALS_SHA256, trialsSha256 } from '../support/queue-cloud.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const plan = queuePlan('adaptive', { devices: 2, lines: 1 });

/** With one line its time needs no mention in the name. */
const WINNER = 'emulated-batched16@sagemaker/ml.g4dn.xlarge';

/** Records without what differs between any two runs: the clock. */
const recordsOf = ({ world }: CrashRun) =>
  JSON.stringify([world.records.map((r) => ({ ...r, startedAt: null })), world.skips]);

it('says, records and deploys the same on both carriers, the paths of its steps included', async () => {
  const journal = await onJournal(new QueueCloud(plan), null);
  const durable = await onDurable('sweep')(new QueueCloud(plan), null);
  expect(journal.outcome).toMatchObject({ state: 'done', left: [], leftCount: 0 });
  expect(durable.outcome).toEqual(journal.outcome);
  expect(recordsOf(durable)).toBe(recordsOf(journal));
  // Node 24 here; `test/engine/search.test.ts` compares the same on 20.
  expect(trialsSha256(durable.world as QueueCloud)).toBe(TRIALS_SHA256);
  expect((durable.world as QueueCloud).deploys).toEqual((journal.world as QueueCloud).deploys);
  expect([...durable.log.counts.keys()].sort()).toEqual([...journal.log.counts.keys()].sort());
  expect(durable.world.records.some((r) => r.purpose === 'confirm' && r.configuration.id === WINNER)).toBe(true);
});

it.each(['sweep', 'group'] as const)(
  'is not changed by a death of the %s function at any of its writes',
  async (where) => {
    const one = queuePlan('adaptive', { devices: 1, lines: 1 });
    const reference = await onDurable(where)(new QueueCloud(one), null);
    const bad: string[] = [];
    const crashes = Array.from({ length: reference.writes }, (_, i) => i + 1);
    const worker = async () => {
      for (let at = crashes.shift(); at !== undefined; at = crashes.shift()) {
        const run = await onDurable(where)(new QueueCloud(one), { at, side: at % 2 ? 'before' : 'after' });
        const same =
          JSON.stringify(run.outcome) === JSON.stringify(reference.outcome) &&
          recordsOf(run) === recordsOf(reference) &&
          run.world.alive.size === 0;
        if (!same) bad.push(`write ${at}: ${JSON.stringify(run.outcome)}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    expect(bad).toEqual([]);
    expect(reference.writes).toBeGreaterThan(5);
  },
  300_000,
);
