import { describe, expect, it } from 'vitest';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { cloudExperiment, goodPlan, localExperiment, planOf } from '../../support/experiments.ts';

const refusal = (input: ExperimentInput) => {
  const answer = planOf(input);
  return answer.ok || answer.kind !== 'refused' ? null : answer.refusal;
};

describe('preflight refuses', () => {
  it('a budget without a price, naming the first five', () => {
    const instanceTypes = ['xlarge', '2xlarge', '6xlarge', '24xlarge'].map((size) => `ml.inf1.${size}`);
    const input = cloudExperiment({
      budget: { usd: 100 },
      targets: [{ sagemaker: { instanceTypes } }],
      runtimes: [{ neuron: { batch: [1, 2] } }],
    });
    expect(refusal(input)).toMatchObject({
      code: 'no-price',
      message: expect.stringMatching(/ml\.inf1\.xlarge.* and 3 more$/),
    });
    expect(refusal(input)!.deployments).toHaveLength(8);
    expect(refusal({ ...input, budget: {} })).toBeNull();
  });

  it('nothing once the price is stated', () => {
    const prices = [{ instanceType: 'ml.inf1.xlarge', usdPerHour: 0.3, source: 'price list', date: '2026-11-20' }];
    const input = cloudExperiment({
      budget: { usd: 100 },
      targets: [{ sagemaker: { instanceTypes: ['ml.inf1.xlarge'] } }],
      runtimes: [{ neuron: {} }],
      prices,
    });
    expect(goodPlan(input).deployments[0]).toMatchObject({ usdPerHour: 0.3, priceSource: { source: 'price list' } });
  });

  it('a worst case over the budget, though the expectation is inside it', () => {
    const { estimate } = goodPlan(cloudExperiment());
    expect(estimate.usdWorstCase!).toBeGreaterThan(2 * estimate.usdExpected!);
    const between = (estimate.usdExpected! + estimate.usdWorstCase!) / 2;
    expect(refusal(cloudExperiment({ budget: { usd: between } }))?.code).toBe('over-budget');
    expect(refusal(cloudExperiment({ budget: { usd: estimate.usdWorstCase! } }))).toBeNull();
  });

  it('more hours than allowed', () => {
    expect(refusal(localExperiment({ budget: { hours: 0.001 } }))?.code).toBe('over-time');
    expect(refusal(localExperiment({ budget: { hours: 1 } }))).toBeNull();
  });

  it('nothing on a laptop, whatever the dollars', () =>
    expect(refusal(localExperiment({ budget: { usd: 0 } }))).toBeNull());
});
