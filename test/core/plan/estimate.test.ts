import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimate } from '../../../lib/core/plan/estimate.ts';
import { cloudExperiment, goodPlan, localExperiment } from '../../support/experiments.ts';

describe('estimate', () => {
  it('adds preparation, life and windows', () => {
    // One file (1 s); one deployment twice (screen and confirm): 3 + 2 + 1 s each; 3 stairs × 3 rounds × 2 s and 5 × 2 s.
    const load = { users: [1, 4, 16] };
    expect(goodPlan(localExperiment({ load })).estimate.secondsExpected).toBe(1 + 6 + 18 + 6 + 10);
  });

  it('counts every step that may be added, its generator, and the second load to confirm at', () => {
    const added = 4 * (1 + 3 * 2);
    expect(goodPlan(localExperiment()).estimate.secondsExpected).toBe(1 + 6 + 18 + added + 6 + 10 + (1 + 10));
  });

  it('leaves out confirmation where there is none', () => {
    expect(goodPlan(localExperiment({ load: { users: [1, 4, 16], confirm: false } })).estimate.secondsExpected).toBe(
      1 + 6 + 18,
    );
  });

  it('counts a load of its own length once for each repeat', () => {
    const load = { protocol: 'step', step: { initialRate: 5, addedRate: 1, steps: 3, every: '40s' } } as const;
    const plan = goodPlan(localExperiment({ load, repeats: 2 }));
    expect(plan.trials.map((t) => t.secondsExpected)).toEqual([120, 120]);
    expect(plan.estimate.secondsExpected).toBe(1 + 6 + 2 * 120);
  });

  it('is expected to be what its endpoint, its tasks and the host of its engine cost by the second, rounded up to the cent', () => {
    const load = { users: [1, 4, 16], confirm: false as const };
    const { estimate: shown } = goodPlan(cloudExperiment({ load }));
    const life = 360 + 2 + 120 + 18;
    const task = (vcpu: number, seconds: number) => ((vcpu * 0.03238 + 2 * vcpu * 0.00356 + 0.005) * seconds) / 3600;
    // A check and a load, each started.
    const tasks = task(2, 60 + 2 + 60 + 18) + task(0.5, shown.secondsExpected);
    const host = ((0.526 + (100 * 0.08) / 720 + 0.005) * (240 + 4200 + 90)) / 3600;
    expect(shown.usdExpected).toBe(Math.ceil(((0.7364 * life) / 3600 + tasks + host) * 100) / 100);
  });

  it('expects another life, another check and their part of one load for those that are confirmed', () => {
    const expected = (confirm: false | { finalists: number }) => {
      const plan = goodPlan(
        cloudExperiment({
          targets: [{ sagemaker: { instanceTypes: ['ml.g4dn.xlarge', 'ml.g5.xlarge'] } }],
          load: { users: [1, 4], confirm },
        }),
      );
      return plan.estimate.usdExpected!;
    };
    expect(expected({ finalists: 1 })).toBeGreaterThan(expected(false) + 0.05);
    expect(expected({ finalists: 2 })).toBeGreaterThan(expected({ finalists: 1 }) + 0.05);
  });

  it('is at worst what is held: the reaper’s next pass, tasks, disks and addresses included', () => {
    const load = { users: [1, 4, 16], confirm: false as const };
    const { estimate: shown, preparations } = goodPlan(cloudExperiment({ load }));
    const ttl = 2 * (360 + 2 + 120 + 18) + 3600;
    const endpoint = (0.7364 * (ttl + 900 + 120)) / 3600;
    const task = (vcpu: number, seconds: number) =>
      ((vcpu * 0.03238 + 2 * vcpu * 0.00356 + 0.005) * (seconds + 900 + 180)) / 3600;
    // Its engine is built on a host of the same device.
    const engine = 2 * (240 + 4200 + 90) + 600;
    const host = ((0.526 + (100 * 0.08) / 720 + 0.005) * (engine + 900 + 90)) / 3600;
    const controller = task(0.5, 2 * shown.secondsExpected + 3600 + 1800);
    expect(preparations.map(({ secondsExpected }) => secondsExpected)).toEqual([4200]);
    // A check and a load, each held for as long as what it loads may live.
    expect(shown.usdWorstCase).toBe(Math.ceil((endpoint + 2 * task(2, ttl) + host + controller) * 100) / 100);
  });

  it('holds a task for each step that may be added, of which all but one are settled by then', () => {
    const worst = (refine: number) =>
      goodPlan(cloudExperiment({ load: { users: [1, 4, 16], confirm: false, refine } })).estimate.usdWorstCase!;
    expect(worst(1)).toBeGreaterThan(worst(0));
    expect(worst(4)).toBeGreaterThan(worst(1));
  });

  it('leaves out an engine that has been made, and is unknown where nothing could be held for the rest', () => {
    const plan = goodPlan(cloudExperiment());
    const made = { ...plan, preparations: plan.preparations.map((p) => ({ ...p, cached: true })) };
    expect(estimate(made).usdWorstCase!).toBeLessThan(plan.estimate.usdWorstCase! - 1);
    expect(estimate(made).usdExpected!).toBeLessThan(plan.estimate.usdExpected! - 0.6);
    expect(estimate({ ...plan, region: 'eu-north-1' })).toEqual({
      ...plan.estimate,
      usdExpected: null,
      usdWorstCase: null,
    });
    expect(goodPlan(localExperiment()).estimate).toMatchObject({ usdExpected: 0, usdWorstCase: 0 });
  });

  it('grows with every deployment, and the worst case is never below the expectation', () => {
    const types = ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge', 'ml.g5.xlarge', 'ml.g4dn.12xlarge'];
    fc.assert(
      fc.property(fc.subarray(types, { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (instanceTypes, repeats) => {
        const plan = goodPlan(cloudExperiment({ targets: [{ sagemaker: { instanceTypes } }], repeats }));
        const less = goodPlan(
          cloudExperiment({ targets: [{ sagemaker: { instanceTypes: instanceTypes.slice(0, 1) } }], repeats }),
        );
        expect(plan.estimate.usdWorstCase!).toBeGreaterThanOrEqual(plan.estimate.usdExpected!);
        expect(plan.estimate.usdExpected!).toBeGreaterThanOrEqual(less.estimate.usdExpected!);
        expect(plan.estimate.secondsExpected).toBeGreaterThanOrEqual(less.estimate.secondsExpected);
      }),
      { numRuns: 40 },
    );
  });
});
