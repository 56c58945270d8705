import { describe, expect, it } from 'vitest';
import { type CapacityCurve, lateShare } from '../../../lib/core/scale/capacity-curve.ts';
import { allowedShare, measuredCurve } from '../../../lib/core/scale/measured-curve.ts';
import { configurationOf, histogramOf, measurementOf, scalarOf } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 100 };
const configuration = configurationOf('a', { target: 'sagemaker' });

describe('measuredCurve', () => {
  it('reads late shares off the histograms, failures included, and forgets what is past the objective', () => {
    const m = measurementOf(configuration, [
      { id: 'low', ratePerSecond: 50, latencyMs: 40 },
      { id: 'mid', ratePerSecond: 80, latencyMs: 60, samples: 1000, failures: 10 },
      { id: 'over', ratePerSecond: 90, latencyMs: 300 },
    ]);
    m.stairs[0]!.latency = histogramOf([...Array(98).fill(40), 150, 150]);
    expect(measuredCurve([m], slo, 80 * 60)).toEqual({
      capacityPerSecond: 80,
      maxPerSecond: 90,
      slackS: expect.closeTo(0.04, 3),
      // 2 % at the lower load and 1 % at the higher: more load makes nothing earlier.
      late: [
        { ratePerSecond: 50, share: expect.closeTo(0.02, 9) },
        { ratePerSecond: 80, share: expect.closeTo(0.02, 9) },
      ],
    });
  });

  it('knows of a single figure only where the limit is', () => {
    const m = scalarOf(configuration, { latencyMs: 90, requestsPerMinute: 1200 }, 1);
    expect(measuredCurve([m], slo, 1200)).toEqual({ capacityPerSecond: 20, maxPerSecond: 20, slackS: 0.01, late: [] });
  });

  it.each([
    [95, 0.05],
    [99.9, 0.001],
  ])('allows at p%d a share of %d', (percentile, share) => expect(allowedShare({ percentile })).toBe(share));
});

describe('lateShare', () => {
  const curve: CapacityCurve = {
    capacityPerSecond: 80,
    maxPerSecond: 100,
    slackS: 0,
    late: [
      { ratePerSecond: 40, share: 0.01 },
      { ratePerSecond: 80, share: 0.05 },
    ],
  };
  it.each([
    [0, 0.01],
    [40, 0.01],
    [60, 0.03],
    [80, 0.05],
    [90, 0.525],
    [100, 1],
    [500, 1],
  ])('at %d a second is %d', (rate, share) => expect(lateShare(curve, rate)).toBeCloseTo(share, 9));

  it('is nothing where nothing is known, and stays where saturation was the last measured rate', () => {
    expect(lateShare({ ...curve, late: [] }, 70)).toBe(0);
    expect(lateShare({ ...curve, maxPerSecond: 80 }, 90)).toBe(0.05);
  });
});
