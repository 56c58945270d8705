/** A fresh server that refuses the inputs: the record says what it said. */
import { expect, it } from 'vitest';
import type { LoadJob, LoadResult } from '../../lib/core/load/job.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';
import { playedResult } from '../support/played-load.ts';

class RefusingWorld extends FakeWorld {
  private readonly told: Partial<LoadResult['segments'][number]>;

  constructor(told: Partial<LoadResult['segments'][number]>) {
    super(emulatedPlan());
    this.told = told;
  }

  protected override resultOf(job: LoadJob): LoadResult {
    const result = playedResult(job, () => ({ ratePerSecond: 1 }));
    return { ...result, segments: result.segments.map((s) => ({ ...s, good: 0, ...this.told })) };
  }
}

async function detailsOf(world: FakeWorld): Promise<Set<string>> {
  const ports = world.ports();
  const registry = workflows(ports);
  const journal = { entries: [], append: () => undefined };
  const now = async () => undefined;
  await runSweep(ports, () => registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null), now);
  return new Set(world.records.flatMap((m) => m.validity.reasons.map((r) => `${r.code}: ${r.detail}`)));
}

it('with the status and the words of the first refusal', async () => {
  const told = { errors: { 'http-4xx': 2 }, refusal: { status: 400, text: 'x: expected [1,8]' } };
  expect(await detailsOf(new RefusingWorld(told))).toEqual(
    new Set(['unhealthy: check got 2 × http-4xx, the first with status 400: x: expected [1,8]']),
  );
});

it('with the kind of failure alone where no answer came', async () => {
  expect(await detailsOf(new RefusingWorld({ errors: { reset: 2 } }))).toEqual(
    new Set(['unhealthy: check got 2 × reset']),
  );
});
