/**
 * The engine's own life cycle over the facts on AWS, with targets and load that are played: whole, and killed at journal
 * positions with another controller to take over.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SchedulerDeadlines } from '../../lib/aws/deadlines.ts';
import { DynamoLease } from '../../lib/aws/lease.ts';
import { DynamoLedger } from '../../lib/aws/ledger.ts';
import { rootOf, S3Store } from '../../lib/aws/object-store.ts';
import { DynamoRecords } from '../../lib/aws/records.ts';
import { DynamoStop } from '../../lib/aws/stop-flag.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { type RunEnd, runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { type Entry, type Journal, JournalError } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { guardArns } from '../support/aws/iam-guard.ts';
import { dataBucket } from '../support/aws/services/s3.ts';
import { deadlineGroup } from '../support/aws/world.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

let cloud: FullAws;
let world: FakeWorld;
let journal: Entry[];
beforeEach(async () => {
  cloud = await startFullAws();
  world = new FakeWorld(emulatedPlan());
  journal = [];
});
afterEach(() => cloud.close());

const runId = 'run-1';
/** Local configurations are held at once: four of them, twice when a crash comes between. */
const BUDGET_USD = 12;
const now = async () => undefined;

const clock = {
  nowMs: () => cloud.aws.world.nowMs,
  nowIso: () => new Date(cloud.aws.world.nowMs).toISOString(),
};
const leaseOf = (owner: string) => new DynamoLease({ ...cloud.entries(runId), owner, clock });
const balance = () => new DynamoLedger({ ...cloud.entries(runId), budgetUsd: null, lease: null }).balance();

async function portsOf(owner: string): Promise<EnginePorts & { cut(): void }> {
  const run = cloud.entries(runId);
  const lease = leaseOf(owner);
  expect(await lease.acquire()).not.toBeNull();
  const store = new S3Store({ s3: cloud.s3, bucketName: dataBucket, root: rootOf(runId) });
  const ledger = new DynamoLedger({ ...run, budgetUsd: BUDGET_USD, lease });
  const deadlines = new SchedulerDeadlines({
    scheduler: cloud.scheduler,
    groupName: deadlineGroup,
    reaperArn: guardArns.reaperFunction,
    roleArn: guardArns.deadlineRole,
    deadLetterArn: guardArns.deadLetterQueue,
  });
  const played = world.ports();
  return {
    ...played,
    ledger: {
      // What is local costs nothing: a dollar each, for the sake of the budget.
      reserve: ({ name }) => ledger.reserve({ name, usd: 1 }),
      settle: (name) => ledger.settle(name, 0.25),
      settleRest: () => ledger.settleRest(),
      balance: () => ledger.balance(),
    },
    deadlines,
    holders: [deadlines],
    records: new DynamoRecords(run, store),
    stop: new DynamoStop(run),
    clock,
    // The plan and what the played generator wrote are the world's.
    store: {
      put: (key, text) => store.put(key, text),
      get: async (key) => (await store.get(key)) ?? played.store.get(key),
      list: (prefix) => store.list(prefix),
    },
  };
}

/** A controller from its start to its end, or to the write of the journal that it dies at. */
async function live(owner: string, diesAt = Number.POSITIVE_INFINITY): Promise<RunEnd | 'dead'> {
  const ports = await portsOf(owner);
  let writes = 0;
  const mortal: Journal = {
    entries: [...journal],
    append: (entry) => {
      writes += 1;
      if (writes >= diesAt) throw new JournalError('dead');
      const whole = { seq: mortal.entries.length, ...entry };
      (mortal.entries as Entry[]).push(whole);
      journal.push(whole);
    },
  };
  const registry = workflows(ports);
  const carry = () => registry['sweep']!(JournalWorkflow.root(mortal, 'run-1/e1', registry, now), null);
  if (diesAt === Number.POSITIVE_INFINITY) return runSweep(ports, carry, now);
  const died = await carry().then(
    () => false,
    (error) => error instanceof JournalError,
  );
  expect(died).toBe(true);
  return 'dead';
}

async function expectClean(deployments: number): Promise<void> {
  const run = cloud.entries(runId);
  const records = await new DynamoRecords(
    run,
    new S3Store({ s3: cloud.s3, bucketName: dataBucket, root: rootOf(runId) }),
  ).list();
  const screens = world.plan.trials.filter(({ purpose }) => purpose === 'screen').map(({ id }) => id);
  expect(new Set(records.map(({ trial }) => trial)).size).toBe(records.length);
  expect(records.map(({ trial }) => trial)).toEqual(expect.arrayContaining(screens));
  expect(world.alive.size).toBe(0);
  expect(cloud.aws.world.of('schedule')).toEqual([]);
  expect(await balance()).toEqual({ reservedUsd: 0, spentUsd: deployments * 0.25, budgetUsd: BUDGET_USD });
}

it('a whole run leaves its records, its bill, and nothing else', async () => {
  expect(await live('only')).toMatchObject({ state: 'done', error: null, alive: [], unlisted: [] });
  // Four configurations, two of them confirmed.
  await expectClean(6);
  const armed = cloud.aws.world.calls.filter((call) => call === 'scheduler:CreateSchedule');
  expect(armed).toHaveLength(6);
});

it('somebody asks for its end in the table, and it ends', async () => {
  await new DynamoStop(cloud.entries(runId)).ask('interrupt');
  expect(await live('only')).toMatchObject({ state: 'stopped', stopReason: 'interrupt', alive: [] });
  expect(await balance()).toMatchObject({ reservedUsd: 0, spentUsd: 0 });
});

it.each([1, 16, 40])('killed at write %i of its journal, it is taken over and ends clean', async (diesAt) => {
  expect(await live('first', diesAt)).toBe('dead');
  world.crash({ takesDeployments: false });
  expect(await leaseOf('too-early').acquire()).toBeNull();
  cloud.aws.world.advance(61);
  expect(await live('second')).toMatchObject({ state: 'done', error: null, alive: [] });
  // What was torn down before it ran again was paid for, too.
  const { spentUsd } = await balance();
  expect(spentUsd).toBeGreaterThanOrEqual(6 * 0.25);
  await expectClean(spentUsd / 0.25);
});
