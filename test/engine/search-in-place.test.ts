/** The adaptive sweep where a target changes the queue of a running deployment. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../lib/cli/conclude.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { type Deployed, switchSeconds } from '../../lib/core/search/space.ts';
import { spaceOfPlan } from '../../lib/core/search/space-of-plan.ts';
import { ChangeableCloud, type ChangeFault, RELOAD_SECONDS } from '../support/changeable-cloud.ts';
import { type Crash, type CrashRun, onJournal } from '../support/crash-runs.ts';
import { QueueCloud, queuePlan, TRUE_WINNER } from '../support/queue-cloud.ts';

async function ran(plan: Plan, o: { crash?: Crash; setUp?: (world: ChangeableCloud) => void } = {}) {
  const world = new ChangeableCloud(plan);
  o.setUp?.(world);
  return { run: await onJournal(world, o.crash ?? null), world, plan };
}

let undisturbed: ReturnType<typeof ran> | null = null;
const sweep = () => {
  undisturbed ??= ran(queuePlan('adaptive'));
  return undisturbed;
};

const trialsOf = ({ world }: Pick<CrashRun, 'world'>) => world.records.map((r) => r.trial);

/** Everything recorded but the clock and the settings' own names, in the order of the trials. */
const recordsOf = ({ world }: Pick<CrashRun, 'world'>) =>
  JSON.stringify([
    world.records.map((r) => ({ ...r, startedAt: null })).sort((a, b) => (a.trial < b.trial ? -1 : 1)),
    [...world.skips].sort((a, b) => (a.trial < b.trial ? -1 : 1)),
  ]);

describe('an adaptive sweep that changes settings in place', () => {
  it.each([
    ['one model, for little more than half of the billed time', 1, 0.6],
    ['two models, each of which takes deployments of its own', 2, 0.9],
  ])('loads the same and names the same winner for less: %s', async (_, lines, share) => {
    const plan = queuePlan('adaptive', { lines });
    const { world, run } = await (lines === 2 ? sweep() : ran(plan));
    const apart = new QueueCloud(plan);
    await onJournal(apart, null);
    expect(run.outcome).toMatchObject({ state: 'done', left: [] });
    expect(trialsOf({ world })).toEqual(trialsOf({ world: apart }));
    expect(world.skips).toEqual(apart.skips);
    const winner = decide(plan, world.records).deploy!.id;
    expect(winner).toBe(decide(plan, apart.records).deploy!.id);
    if (lines === 2) expect(winner).toBe(TRUE_WINNER);
    expect(world.deploys.length).toBeLessThan(apart.deploys.length);
    expect(world.billedSeconds).toBeLessThan(share * apart.billedSeconds);
    expect(world.mostAlive).toBe(1);
    expect(world.alive.size).toBe(0);
  });

  it('switches as the cost model of the search says', async () => {
    const { world, plan } = await sweep();
    expect(world.records.length).toBeLessThan(plan.load.adaptive!.trialsPerVisit);
    const { devices } = spaceOfPlan(plan);
    const deployed = ({ configuration: { id } }: (typeof world.records)[number]): Deployed => {
      const device = devices.find((d) => d.configurations.some((c) => c.id === id))!;
      const changeable = { ...device, reloadSeconds: RELOAD_SECONDS };
      return { device: changeable, configuration: device.configurations.find((c) => c.id === id)! };
    };
    const seconds = world.records.map((r, i, all) =>
      switchSeconds(i === 0 ? null : deployed(all[i - 1]!), deployed(r)),
    );
    const named = world.records.flatMap(({ configuration: { id } }, i) =>
      seconds[i] === 0 ? [] : [`${seconds[i] === RELOAD_SECONDS ? 'change' : 'deploy'} ${id}`],
    );
    expect(world.switches).toEqual(named);
    expect(named.some((s) => s.startsWith('change'))).toBe(true);
  });

  it('records every measurement for the configuration that served it, with the settings that were in force', async () => {
    const { world } = await sweep();
    expect(world.strays).toEqual([]);
    for (const { configuration, versions } of world.records) {
      const batching = configuration.parameters['dynamicBatching'] as false | { maxBatchSize: number };
      expect(versions['maxBatchSize'], configuration.id).toBe(String(batching === false ? 0 : batching.maxBatchSize));
    }
  });

  it('gives a configuration a deployment of its own where it cannot be put in force, and loads the same', async () => {
    const reference = await sweep();
    for (const fault of ['refuses', 'unanswered', 'lies', 'reverts', 'breaks', 'dies'] satisfies ChangeFault[]) {
      const { world, run } = await ran(queuePlan('adaptive'), {
        setUp: (w) => {
          w.fault = (id) => (id === TRUE_WINNER ? fault : null);
        },
      });
      expect(run.outcome, fault).toMatchObject({ state: 'done', left: [] });
      expect(world.deploys, fault).toContain(TRUE_WINNER);
      // It counts for nobody.
      expect(world.strays, fault).toHaveLength(fault === 'reverts' ? 1 : 0);
      expect(recordsOf({ world }) === recordsOf(reference), fault).toBe(true);
      expect(world.alive.size, fault).toBe(0);
    }
  });

  it('counts as revisits what was visited before, not what was loaded on the deployment of another', async () => {
    const plan = queuePlan('adaptive', { lines: 1 });
    const bound = (revisits: number): Plan => {
      const adaptive = { ...plan.load.adaptive!, trialsPerVisit: 5, revisits };
      return { ...plan, slo: { ...plan.slo, latencyMs: 100 }, load: { ...plan.load, adaptive } };
    };
    const { world: free } = await ran(bound(100));
    const first = free.switches.filter((s, i, all) => s.startsWith('deploy') && all.indexOf(s) === i);
    const laterOwn = first.filter((s) => {
      const changed = free.switches.indexOf(s.replace('deploy', 'change'));
      return changed >= 0 && changed < free.switches.indexOf(s);
    });
    expect(laterOwn.length).toBeGreaterThan(0);
    const revisits = free.deploys.length - first.length;
    const { world: enough } = await ran(bound(revisits));
    expect(enough.switches).toEqual(free.switches);
    expect(trialsOf({ world: enough })).toEqual(trialsOf({ world: free }));
    const { world: short } = await ran(bound(revisits - 1));
    expect(short.deploys.length).toBe(free.deploys.length - 1);
  });

  it('says nothing against a configuration whose load is lost in place', async () => {
    const plan = queuePlan('adaptive', { devices: 1, lines: 1 });
    const reference = await ran(plan);
    const { world, run } = await ran(plan, {
      setUp: (w) => {
        w.onLoad = () => {
          if (w.loads.length === 2) w.alive.clear();
        };
      },
    });
    expect(run.outcome).toMatchObject({ state: 'done', left: [] });
    expect(recordsOf({ world }) === recordsOf(reference)).toBe(true);
  });

  it('looks again where a server does not tell its settings, and gives up one that never does', async () => {
    const plan = queuePlan('adaptive', { devices: 1, lines: 1 });
    const reference = await ran(plan);
    for (const [mutters, deploys] of [
      [19, 1],
      [20, 2],
    ] as const) {
      const { world, run } = await ran(plan, {
        setUp: (w) => {
          w.onLoad = () => {
            if (w.loads.length === 2) w.mutters = mutters;
          };
        },
      });
      expect(run.outcome).toMatchObject({ state: 'done', left: [] });
      expect(world.deploys.length, `${mutters} silent looks`).toBe(deploys);
      expect(recordsOf({ world }) === recordsOf(reference)).toBe(true);
    }
  });

  it('ends when asked, while settings are being changed too', async () => {
    const { world, run } = await ran(queuePlan('adaptive'), {
      setUp: (w) => {
        w.fault = () => {
          w.stopAsked = 'interrupt';
          return null;
        };
      },
    });
    expect(run.outcome).toMatchObject({ state: 'stopped', stopReason: 'interrupt' });
    expect(world.alive.size).toBe(0);
    expect(world.skips).toEqual([]);
  });

  it.each([
    ['outlives its controller', false],
    ['dies with its controller', true],
  ])(
    'is not changed by a death at any journal position, where what is deployed %s',
    async (_, mortal) => {
      const plan = queuePlan('adaptive', { devices: 1, lines: 1 });
      const setUp = (w: ChangeableCloud) => {
        w.mortal = mortal;
      };
      const reference = await ran(plan, { setUp });
      expect(reference.world.switches.some((s) => s.startsWith('change'))).toBe(true);
      const bad: string[] = [];
      for (let at = 1; at <= reference.run.writes; at++) {
        for (const side of ['before', 'after'] as const) {
          const { run, world } = await ran(plan, { crash: { at, side }, setUp });
          const same =
            recordsOf(run) === recordsOf(reference.run) &&
            JSON.stringify(trialsOf(run)) === JSON.stringify(trialsOf(reference.run)) &&
            world.alive.size === 0 &&
            world.strays.length === 0 &&
            (mortal || JSON.stringify(world.switches) === JSON.stringify(reference.world.switches)) &&
            (mortal || run.log.repeated.length === 0) &&
            (mortal || JSON.stringify(run.outcome) === JSON.stringify(reference.run.outcome));
          if (!same) bad.push(`${side} write ${at}: ${JSON.stringify(run.outcome)} ${run.log.repeated}`);
        }
      }
      expect(bad).toEqual([]);
      expect(reference.run.writes).toBeGreaterThan(50);
    },
    300_000,
  );
});
