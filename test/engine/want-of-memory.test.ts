/** A deployment that fails before its load, and says in its log why. */
import { expect, it } from 'vitest';
import type { LoadJob } from '../../lib/core/load/job.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld, type Faults } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';
import { playedResult } from '../support/played-load.ts';

/** Everybody answers nothing, from the golden check on. */
class SilentWorld extends FakeWorld {
  protected override resultOf(job: LoadJob) {
    return playedResult(job, () => ({ ratePerSecond: 1, isDown: true }));
  }
}

async function reasonsOf(world: FakeWorld, log: () => Promise<string>) {
  const ports = world.ports();
  ports.targets.local!.logs = log;
  const registry = workflows(ports);
  const journal = { entries: [], append: () => undefined };
  const now = async () => undefined;
  await runSweep(ports, () => registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null), now);
  return new Set(world.records.flatMap((m) => m.validity.reasons.map((r) => r.code)));
}

const plan = emulatedPlan();
const failing: Faults = { unhealthy: plan.deployments.map((d) => d.id) };

it.each([
  ['at its start', () => new FakeWorld(plan, failing)],
  ['at the golden check', () => new SilentWorld(plan)],
])('%s: it ran out of memory', async (_, world) => {
  expect(await reasonsOf(world(), async () => 'loading\nMemoryError')).toEqual(new Set(['oom']));
});

it.each([
  ['says something else', async () => 'Segmentation fault'],
  ['cannot be read', () => Promise.reject(new Error('no rights'))],
])('is unhealthy where its log %s', async (_, log) => {
  expect(await reasonsOf(new FakeWorld(plan, failing), log)).toEqual(new Set(['unhealthy']));
  expect(await reasonsOf(new SilentWorld(plan), log)).toEqual(new Set(['unhealthy']));
});
