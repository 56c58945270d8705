/** Whoever starts a second run on a machine is told that it disturbs the first. */
import { describe, expect, it } from 'vitest';
import { runsBeside } from '../../lib/cli/runs-beside.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { emulatedPlan } from '../support/plans.ts';

const here = emulatedPlan();
const there = goodPlan(cloudExperiment());

/** A folder of runs: what each plans, and whether a process holds it. */
function kitOf(runs: Record<string, { plan: Plan | null; held: boolean }>) {
  const released: string[] = [];
  const kit = {
    runsFolder: 'runs',
    listRuns: () => Object.keys(runs),
    openRun: (id: string) =>
      ({
        id,
        store: { get: async () => (runs[id]!.plan === null ? null : JSON.stringify(runs[id]!.plan)) },
      }) as never,
    take: async (run: { id: string }) =>
      runs[run.id]!.held
        ? null
        : { token: null, renew: async () => true, release: async () => void released.push(run.id) },
  };
  return { kit, released };
}

describe('runsBeside', () => {
  it('names those that are driven here, and leaves the others as they are', async () => {
    const { kit, released } = kitOf({
      old: { plan: here, held: false },
      unplanned: { plan: null, held: true },
      busy: { plan: here, held: true },
      cloud: { plan: there, held: true },
      own: { plan: here, held: true },
    });
    expect(await runsBeside(kit, { id: 'own' }, here)).toEqual(['busy']);
    expect(released).toEqual(['old']);
  });

  it('asks nobody for a plan that runs elsewhere', async () => {
    const { kit } = kitOf({ busy: { plan: here, held: true } });
    expect(await runsBeside(kit, { id: 'own' }, there)).toEqual([]);
  });
});
