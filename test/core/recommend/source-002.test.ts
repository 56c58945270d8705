/** The golden case: the published table of source 002 and the decision its authors took, 30,000 requests/min within 500 ms. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { recommendationSchema } from '../../../lib/core/recommend/recommendation.ts';
import { configurationOf, scalarOf } from '../../support/measurements.ts';

const prices: Record<string, number> = { 'ml.g4dn.xlarge': 0.7364, 'ml.g4dn.2xlarge': 0.94, 'ml.g4dn.12xlarge': 4.89 };
const measurements = readFileSync(new URL('../../fixtures/source-002.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [name, instanceType, requestsPerMinute, latencyMs] = line.split(',');
    const configuration = configurationOf(name!, { target: 'sagemaker', instanceType: instanceType! });
    const figure = { latencyMs: Number(latencyMs), requestsPerMinute: Number(requestsPerMinute) };
    return scalarOf({ ...configuration, id: `${name}@sagemaker/${instanceType}` }, figure, prices[instanceType!]!);
  });

const input = {
  experiment: 'source-002',
  slo: { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 },
  demand: { requestsPerMinute: 30_000, low: 15_000, peak: 45_000 },
  objective: 'minimize-cost' as const,
  measurements,
};
const decision = recommend(input);

describe('source 002', () => {
  it('chooses what its authors chose', () => {
    expect(decision.choice).toMatchObject({
      configuration: 'trt-db',
      target: 'sagemaker',
      instanceType: 'ml.g4dn.2xlarge',
      instances: 23,
      usdPerHour: 21.62,
      latencyMs: 499,
      capacityPerMinute: 1335,
    });
    expect(decision.choice?.usdPerMillion).toBeCloseTo(11.735, 3);
    expect(decision.deploy?.id).toBe('trt-db@sagemaker/ml.g4dn.2xlarge');
  });

  it('prints both fleets', () => {
    expect(decision.fleet).toEqual({
      atCapacity: { instances: 23, usdPerHour: 21.62 },
      atTarget: { instances: 33, usdPerHour: 31.02 },
    });
  });

  it('says that single figures decide nothing and how thin the margin is', () => {
    expect(decision.verdict).toBe('undecided');
    expect(decision.evidence).toBe('scalar');
    expect(decision.ties).toEqual([]);
    expect(decision.margin.percent).toBe(0.2);
    expect(decision.margin.at10Percent).toMatchObject({
      configuration: 'trt-db',
      instanceType: 'ml.g4dn.12xlarge',
      instances: 6,
      usdPerHour: 29.34,
    });
    expect(decision.warnings.join('\n')).toContain('only 0.2 % inside');
  });

  it('derives the scaling values', () => {
    expect(decision.scaling).toEqual({
      targetValue: 934.5,
      minCapacity: 17,
      initialCapacity: 33,
      maxCapacity: 49,
      scaleOutCooldownS: 300,
      scaleInCooldownS: 300,
      cooldownSource: 'default',
    });
  });

  it('rejects the cheapest row for its latency and says where it would win', () => {
    const row = decision.rejected.find((r) => r.configuration === 'trt-db-ig' && r.instanceType === 'ml.g4dn.xlarge');
    expect(row).toMatchObject({ reason: 'slo', latencyMs: 783, capacityPerMinute: null, wouldWinAt: { sloMs: 783 } });
    expect(row?.detail).toContain('783 ms');
  });

  it('holds every loser and a frontier of two', () => {
    expect(decision.rejected).toHaveLength(23);
    expect(decision.frontier.map((f) => [f.instanceType, f.usdPerHour, f.latencyMs])).toEqual([
      ['ml.g4dn.12xlarge', 29.34, 278],
      ['ml.g4dn.2xlarge', 21.62, 499],
    ]);
  });

  it('is a document of its schema', () => {
    expect(recommendationSchema.parse(decision)).toEqual(decision);
  });

  it('says the decision in a sentence', () => {
    expect(decision.sentence).toBe(
      'trt-db on ml.g4dn.2xlarge serves 30,000 requests/min with 23 instances for 21.62 USD/h at model latency 499 ms (limit 500 ms), 26.3 % cheaper than the runner-up trt-db on ml.g4dn.12xlarge; undecided, because the figures carry no spread.',
    );
  });
});
