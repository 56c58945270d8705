import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/core/ports/workflow.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld, type Faults } from '../support/fake-world.ts';
import { killedSweep } from '../support/killed-sweep.ts';
import { MortalJournal } from '../support/mortal-journal.ts';
import { emulatedPlan } from '../support/plans.ts';

const now = async () => undefined;

/** One life of the controller, like the CLI's: returns what the sweep said, or the error it died with. */
async function live(world: FakeWorld, journal: MortalJournal, execution: number): Promise<Json> {
  const ports = world.ports();
  const registry = workflows(ports);
  const path = `run-1/e${execution}`;
  return registry['sweep']!(JournalWorkflow.root(journal, path, registry, now), null);
}

async function whole(faults: Faults = {}, overrides: Record<string, unknown> = {}) {
  const world = new FakeWorld(emulatedPlan(overrides), faults);
  const ports = world.ports();
  const registry = workflows(ports);
  const journal = new MortalJournal([]);
  const end = await runSweep(
    ports,
    () => registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null),
    now,
  );
  return { world, end, journal };
}

const trials = (world: FakeWorld) => world.records.map((r) => r.trial).sort();
const screens = (world: FakeWorld) => world.plan.trials.filter((t) => t.purpose === 'screen').map((t) => t.id);

describe('life cycle', () => {
  it('measures every configuration, confirms the two best, leaves nothing', async () => {
    const { world, end } = await whole();
    expect(end).toMatchObject({ state: 'done', error: null, alive: [] });
    const confirmed = world.records.filter((r) => r.purpose === 'confirm').map((r) => r.configuration.id);
    expect(confirmed.sort()).toEqual([world.plan.deployments[1]!.id, world.plan.deployments[3]!.id].sort());
    expect(trials(world)).toHaveLength(screens(world).length + 2);
    expect(world.records.every((r) => r.validity.status !== 'invalid')).toBe(true);
    const receipt = JSON.parse(world.objects.get('receipt.json')!);
    expect(receipt.alive).toEqual([]);
    expect(receipt.resources).toHaveLength(6);
    expect(receipt.resources.every((r: { gone: boolean }) => r.gone)).toBe(true);
  });

  it('records nothing as done before its teardown is confirmed', async () => {
    const { world } = await whole();
    const order = world.events.flatMap((e) => (e.type === 'record' ? ['record'] : e.type === 'phase' ? [e.phase] : []));
    expect(order.lastIndexOf('load')).toBeGreaterThan(0);
    expect(order.indexOf('record')).toBeGreaterThan(order.indexOf('teardown'));
  });

  it.each([
    ['unhealthy', { unhealthy: 1 }, 'unhealthy'],
    ['without an answer of its platform', { refused: 1 }, 'interrupted'],
    ['wrong in its answers', { wrong: 1 }, 'wrong-output'],
  ] as const)('ends a configuration that is %s and measures the others', async (_what, fault, code) => {
    const plan = emulatedPlan();
    const bad = plan.deployments[1]!.id;
    const faults = Object.fromEntries(Object.keys(fault).map((k) => [k, [bad]]));
    const { world, end } = await whole(faults);
    expect(end).toMatchObject({ state: 'done', alive: [] });
    const mine = world.records.filter((r) => r.configuration.id === bad);
    expect(mine.map((r) => r.validity.reasons.map((x) => x.code))).toEqual([[code]]);
    expect(mine[0]!.stairs).toEqual([]);
    const others = world.records.filter((r) => r.configuration.id !== bad);
    expect(others.filter((r) => r.validity.status === 'invalid')).toEqual([]);
    expect(trials(world)).toEqual(expect.arrayContaining(screens(world)));
    expect(world.records.filter((r) => r.purpose === 'confirm').some((r) => r.configuration.id === bad)).toBe(false);
  });

  it('records the failure of the generator for every trial it was to run', async () => {
    const { world, end } = await whole({ generatorFails: true });
    expect(end).toMatchObject({ state: 'done', alive: [] });
    expect(trials(world)).toEqual(screens(world).sort());
    expect(new Set(world.records.flatMap((r) => r.validity.reasons.map((x) => x.code)))).toEqual(
      new Set(['interrupted']),
    );
  });

  it('records every trial as interrupted when a deployment is lost again and again', async () => {
    const { world, end } = await whole({ vanishing: [emulatedPlan().deployments[1]!.id] });
    expect(end).toMatchObject({ state: 'exhausted', alive: [] });
    expect(trials(world)).toEqual(screens(world).sort());
    expect(new Set(world.records.flatMap((r) => r.validity.reasons.map((x) => x.code)))).toEqual(
      new Set(['interrupted']),
    );
  });

  it('names what no destroy call can end', async () => {
    const { world, end } = await whole({ immortal: true });
    expect(end.alive.length).toBeGreaterThan(0);
    expect(JSON.parse(world.objects.get('receipt.json')!).alive).toEqual(end.alive);
  });

  it('tears down when asked to stop, and a later execution finishes without repeating', async () => {
    const world = new FakeWorld(emulatedPlan());
    const ports = world.ports();
    const original = ports.generator.check;
    let looks = 0;
    ports.generator.check = async (handle) => {
      // The fifth look of the screening load: in the middle of the windows.
      if (handle.endsWith('/load') && ++looks === 2) world.stopAsked = 'interrupt';
      return original(handle);
    };
    const registry = workflows(ports);
    const journal = new MortalJournal([]);
    const end = await runSweep(
      ports,
      () => registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null),
      now,
    );
    expect(end).toMatchObject({ state: 'stopped', alive: [] });
    expect(world.records).toEqual([]);
    world.stopAsked = null;
    expect(await live(world, new MortalJournal(journal.entries), 2)).toMatchObject({ state: 'done', left: [] });
    expect(trials(world)).toHaveLength(screens(world).length + 2);
    const loads = world.loadsStarted;
    expect(await live(world, new MortalJournal([]), 3)).toMatchObject({ state: 'done', recorded: 0 });
    expect(world.loadsStarted).toBe(loads);
  });

  it('runs nothing when asked to stop before it begins', async () => {
    const world = new FakeWorld(emulatedPlan());
    world.stopAsked = 'deadline';
    expect(await live(world, new MortalJournal([]), 1)).toMatchObject({ state: 'stopped' });
    expect(world.mostAlive).toBe(0);
    expect(world.records).toEqual([]);
  });
});

describe.each([
  ['deployments that die with the controller', true],
  ['deployments that outlive it', false],
])('a controller killed at every journal write, with %s', (_what, takesDeployments) => {
  it('resumes to the same records, repeats no finished load, leaves nothing', async () => {
    const plan = emulatedPlan();
    const reference = new FakeWorld(plan);
    const counted = new MortalJournal([]);
    await live(reference, counted, 1);
    const writes = counted.entries.length;
    expect(writes).toBeGreaterThan(60);

    for (let n = 1; n <= writes; n++) {
      for (const lands of [true, false]) {
        const world = new FakeWorld(plan);
        const { journal, measured } = await killedSweep(world, { at: n, lands, takesDeployments });
        const loadsBefore = world.loadsStarted;

        const outcome = await live(world, new MortalJournal(journal.entries), 1);
        const at = `killed at write ${n} ${lands ? 'after' : 'before'} it landed`;
        expect(outcome, at).toMatchObject({ state: 'done', left: [] });
        expect(trials(world), at).toEqual(trials(reference));
        expect(
          world.records.filter((r) => r.validity.status === 'invalid'),
          at,
        ).toEqual([]);
        expect([...world.alive.keys()], at).toEqual([]);
        // Two loads in all; what was measured before the crash is not loaded again.
        expect(world.loadsStarted - loadsBefore, at).toBeLessThanOrEqual(2 - measured);
      }
    }
  });
});
