/**
 * A sweep whose controller dies at its n-th durable write, for every n, before and after the write lands, on both
 * carriers. Nothing may tell that it died: same outcome, same records, nothing left, no completed body run again.
 */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD_CONCURRENCY } from '../../lib/engine/workflow/shard.ts';
import { CloudWorld, cloudPlan } from '../support/cloud-world.ts';
import { type CarrierRun, type Crash, type CrashRun, onDurable, onJournal } from '../support/crash-runs.ts';
import type { Mutant } from '../support/watched-workflow.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const plan = cloudPlan(6);
const [, , , , sick, refused] = plan.deployments.map((d) => d.id);
const newWorld = () => new CloudWorld(plan, { unhealthy: [sick!], refused: [refused!] });

/** Records without what differs between any two runs: clock and order. */
const recordsOf = ({ world }: CrashRun) =>
  JSON.stringify(world.records.map((r) => ({ ...r, startedAt: null })).sort((a, b) => (a.trial < b.trial ? -1 : 1)));

/** What is wrong with a run that was to be like the reference. */
function faultsOf(run: CrashRun, reference: CrashRun): string[] {
  const { world, log, outcome } = run;
  return [
    ...(JSON.stringify(outcome) === JSON.stringify(reference.outcome) ? [] : [`said ${JSON.stringify(outcome)}`]),
    ...(recordsOf(run) === recordsOf(reference) ? [] : ['other records']),
    ...[...world.alive.keys()].map((name) => `${name} is left`),
    ...log.repeated.map((path) => `${path} ran again`),
    ...(world.mostAlive > CLOUD_CONCURRENCY ? [`${world.mostAlive} alive together`] : []),
    ...(world.loadsStarted === reference.world.loadsStarted ? [] : [`${world.loadsStarted} loads`]),
  ];
}

async function everyCrash(carrier: CarrierRun, parallel: number, mutant: Mutant | null = null, every = 1) {
  const reference = await carrier(newWorld(), null);
  const crashes: Crash[] = [];
  for (let at = 1; at <= reference.writes; at += every) {
    crashes.push({ at, side: 'before' }, { at, side: 'after' });
  }
  const bad: string[] = [];
  let repeatedBodies = 0;
  let runs = 0;
  const worker = async () => {
    for (let crash = crashes.shift(); crash; crash = crashes.shift()) {
      const run = await carrier(newWorld(), crash, mutant);
      const faults = faultsOf(run, reference);
      if (faults.length > 0) bad.push(`${crash.side} write ${crash.at}: ${faults.join('; ')}`);
      for (const [path, n] of run.log.counts) if (n > (reference.log.counts.get(path) ?? 0)) repeatedBodies++;
      runs++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return { reference, bad, runs, repeatedBodies };
}

describe.each([
  { name: 'the journal', carrier: onJournal, parallel: 1 },
  { name: 'one durable execution', carrier: onDurable('alone'), parallel: 12 },
  { name: 'durable executions, of which a group dies,', carrier: onDurable('group'), parallel: 12 },
])('a sweep on $name', ({ name, carrier, parallel }) => {
  it('is not changed by a death at any write', async () => {
    const { reference, bad, runs, repeatedBodies } = await everyCrash(carrier, parallel);
    expect(reference.outcome).toMatchObject({ state: 'done', left: [], leftCount: 0 });
    expect(reference.world.mostAlive).toBe(CLOUD_CONCURRENCY);
    expect(bad).toEqual([]);
    // Effects between a body and its record happen twice: the reason why every body is idempotent by its path.
    expect(repeatedBodies).toBeGreaterThan(0);
    console.log(`${name}: ${runs} deaths at ${reference.writes} writes, 0 bad, ${repeatedBodies} bodies ran twice`);
  });

  it.each(['load not memoised', 'teardown by a flag in memory'] as const)('the harness sees: %s', async (mutant) => {
    const { bad, runs } = await everyCrash(carrier, parallel, mutant, 3);
    console.log(`${name}: ${bad.length} of ${runs} deaths show "${mutant}", as ${bad[0]?.slice(0, 160)}`);
    expect(bad.length).toBeGreaterThan(0);
  });
});

it.each(['sweep', 'shard'] as const)('a death of the %s function above the groups changes nothing', async (where) => {
  const { reference, bad, runs } = await everyCrash(onDurable(where), 12);
  expect(reference.outcome).toMatchObject({ state: 'done', left: [] });
  expect(runs).toBe(2 * reference.writes);
  expect(bad).toEqual([]);
});

it('a sweep says and records the same on both carriers', async () => {
  const journal = await onJournal(newWorld(), null);
  const durable = await onDurable('sweep')(newWorld(), null);
  expect(durable.outcome).toEqual(journal.outcome);
  expect(recordsOf(durable)).toBe(recordsOf(journal));
  expect([...durable.log.counts.keys()].sort()).toEqual([...journal.log.counts.keys()].sort());
});
