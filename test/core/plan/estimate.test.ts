import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudExperiment, goodPlan, localExperiment } from '../../support/experiments.ts';

describe('estimate', () => {
  it('adds preparation, life and windows', () => {
    // One file (1 s); one deployment twice (screen and confirm): 3 + 2 + 1 s each; 3 stairs × 3 rounds × 2 s and 5 × 2 s.
    expect(goodPlan(localExperiment()).estimate.secondsExpected).toBe(1 + 6 + 18 + 6 + 10);
  });

  it('leaves out confirmation where there is none', () => {
    expect(goodPlan(localExperiment({ load: { confirm: false } })).estimate.secondsExpected).toBe(1 + 6 + 18);
  });

  it('multiplies price and time, rounded up to the cent', () => {
    const { estimate } = goodPlan(cloudExperiment({ load: { confirm: false } }));
    const life = 360 + 2 + 120 + 18;
    expect(estimate.usdExpected).toBe(Math.ceil((0.7364 * life) / 36) / 100);
    expect(estimate.usdWorstCase).toBe(Math.ceil((0.7364 * (2 * life + 3600)) / 36) / 100);
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
