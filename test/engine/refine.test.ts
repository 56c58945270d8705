/** Numbers of users that follow from what was measured: the same on every carrier, and after every crash. */
import { describe, expect, it } from 'vitest';
import type { LoadJob, LoadResult } from '../../lib/core/load/job.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { segmentPlace } from '../../lib/core/plan/segments.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { killedSweep } from '../support/killed-sweep.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { MortalJournal } from '../support/mortal-journal.ts';
import { emulatedPlan } from '../support/plans.ts';
import { playedSegment } from '../support/played-load.ts';

const LIMIT_MS = 100;
/** Each user gets 20 answers a second until so many are given in all: 400/s at 20 users, and 100 ms at 40 of them. */
const CAPS = [100, 400, 200, 300];

class GrowingWorld extends FakeWorld {
  readonly ended: LoadJob[] = [];
  /** What the second deployment gives once it is deployed again. */
  confirmedCap = CAPS[1]!;
  /** More users than these are more than the generator can drive. */
  mostUsers = Number.POSITIVE_INFINITY;
  private screened = false;

  protected override resultOf(job: LoadJob): LoadResult {
    this.ended.push(job);
    if (job.id.includes('confirm')) this.screened = true;
    const segments = job.segments.map((segment) => {
      const id = decodeURIComponent(job.endpoints[segment.endpoint]!.url.split('/').at(-1)!);
      const place = this.plan.deployments.findIndex((d) => d.id === id);
      const cap = this.screened && place === 1 ? this.confirmedCap : CAPS[place]!;
      const users = Number(segmentPlace(segment.id).stair.replace(/\D/g, '') || 1);
      const client = users > this.mostUsers ? { utilisation: 1 } : {};
      return playedSegment(segment, { ratePerSecond: Math.min(20 * users, cap), client });
    });
    return { schema: 'infersweep.load-result.v1', id: job.id, segments };
  }
}

const plan = (load: Record<string, unknown> = {}): Plan =>
  emulatedPlan({
    slo: { percentile: 95, latencyMs: LIMIT_MS },
    load: { protocol: 'capacity', users: [1, 4], refine: 4, window: '4s', rounds: 2, ...load },
  });

const now = async () => undefined;

async function sweep(world: GrowingWorld, journal = new MemoryJournal()) {
  const ports = world.ports();
  const registry = workflows(ports);
  const end = await runSweep(
    ports,
    () => registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null),
    now,
  );
  expect(end).toMatchObject({ state: 'done', error: null, alive: [] });
  return journal;
}

const stairsOf = (records: readonly Measurement[], place: number, purpose: 'screen' | 'confirm', of: Plan) =>
  records
    .filter((r) => r.purpose === purpose && r.configuration.id === of.deployments[place]!.id)
    .flatMap((r) => r.stairs.map((s) => s.id));

describe('a capacity that lies between two numbers of users', () => {
  it('is looked for there, for each deployment on its own', async () => {
    const world = new GrowingWorld(plan());
    await sweep(world);
    // 4 of 400/s pay, so do 16; 64 take 160 ms; in between 50 + 110 · 22/48 ms are 100 ms at 37.8.
    expect(stairsOf(world.records, 1, 'screen', world.plan)).toEqual([
      'users-1',
      'users-4',
      'users-16',
      'users-37',
      'users-64',
    ]);
    // 5 users fill it, and 16 take 160 ms: nothing between them does more than 2 % better than those 9 that take 90 ms.
    expect(stairsOf(world.records, 0, 'screen', world.plan)).toEqual(['users-1', 'users-4', 'users-9', 'users-16']);
    expect(stairsOf(world.records, 1, 'confirm', world.plan)).toEqual(['users-37']);
  });

  it('is not looked for where the users were named', async () => {
    const world = new GrowingWorld(plan({ refine: 0 }));
    await sweep(world);
    expect(stairsOf(world.records, 1, 'screen', world.plan)).toEqual(['users-1', 'users-4']);
    expect(world.ended.filter((j) => j.id.includes('/load-'))).toEqual([]);
  });

  it('takes no more steps than it may', async () => {
    const world = new GrowingWorld(plan({ refine: 1 }));
    await sweep(world);
    expect(stairsOf(world.records, 1, 'screen', world.plan)).toEqual(['users-1', 'users-4', 'users-16']);
  });

  it('is not lost with a step that the generator could not drive, which is not tried again', async () => {
    const world = new GrowingWorld(plan());
    world.mostUsers = 20;
    await sweep(world);
    expect(stairsOf(world.records, 1, 'screen', world.plan)).toEqual(['users-1', 'users-4', 'users-16']);
    expect(world.records.every((r) => r.validity.status !== 'invalid')).toBe(true);
    const held = world.ended.flatMap((j) => j.segments.map((s) => `${j.id} ${segmentPlace(s.id).stair}`));
    expect(new Set(held.filter((h) => h.endsWith('users-64'))).size).toBe(1);
    const broken = new GrowingWorld(plan());
    broken.mostUsers = 3;
    await sweep(broken);
    expect(
      broken.records.every((r) => r.validity.status === 'invalid'),
      'planned users count',
    ).toBe(true);
  });

  it('is confirmed at a lower step where the best does not hold again', async () => {
    const world = new GrowingWorld(plan());
    world.confirmedCap = 300;
    await sweep(world);
    // 37 users of 300/s take 123 ms, 16 of them 53 ms.
    expect(stairsOf(world.records, 1, 'confirm', world.plan)).toEqual(['users-16', 'users-37']);
  });
});

describe.each([
  ['deployments that die with the controller', true],
  ['deployments that outlive it', false],
])('a controller killed at every third of its writes, with %s', (_what, takesDeployments) => {
  it('asks for the same steps, and repeats none of a group that was measured', async () => {
    const told = (w: GrowingWorld) => w.records.map((r) => [r.trial, r.stairs.map((s) => s.id)]).sort();
    const whole = new GrowingWorld(plan());
    const { entries } = await sweep(whole);
    const isLoad = (j: LoadJob) => j.segments[0]!.shape.kind !== 'once';
    const confirming = whole.ended.filter((j) => isLoad(j) && j.id.includes('confirm')).length;
    expect(whole.loadsStarted).toBe(4 + confirming);
    // Every third, and others for the other world: each life takes a while.
    for (let n = takesDeployments ? 1 : 2; n <= entries.length; n += 3) {
      const world = new GrowingWorld(plan());
      const { journal, measured } = await killedSweep(world, { at: n, lands: n % 2 === 0, takesDeployments });
      const before = world.loadsStarted;
      const again = workflows(world.ports());
      const carried = JournalWorkflow.root(new MortalJournal(journal.entries), 'run-1/e1', again, now);
      expect(await again['sweep']!(carried, null), `killed at write ${n}`).toMatchObject({ state: 'done', left: [] });
      expect(told(world), `killed at write ${n}`).toEqual(told(whole));
      expect([...world.alive.keys()]).toEqual([]);
      expect(world.loadsStarted - before).toBeLessThanOrEqual([whole.loadsStarted, confirming, 0][measured]!);
    }
  });
});
