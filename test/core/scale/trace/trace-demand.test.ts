import fc from 'fast-check';
import { expect, it } from 'vitest';
import { policyGrid } from '../../../../lib/core/scale/policy-grid.ts';
import { traceDemand } from '../../../../lib/core/scale/trace/trace-demand.ts';

it.each([
  ['minutes', { stepS: 60, requests: [60, 0, 120, 180] }, { requestsPerMinute: 90, low: 0, peak: 180 }],
  ['seconds, by the minute', { stepS: 30, requests: [1, 3, 10, 0] }, { requestsPerMinute: 7, low: 4, peak: 10 }],
  ['one minute', { stepS: 60, requests: [5] }, { requestsPerMinute: 5, low: 5, peak: 5 }],
])('is the mean, the quietest and the busiest minute of %s', (_, trace, demand) => {
  expect(traceDemand({ name: 't', ...trace })).toEqual(demand);
});

it('is in order, keeps the sum, and bounds the fleets that policies are tried with', () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(minutes, (requests) => {
      const trace = { name: 't', stepS: 60, requests };
      const { requestsPerMinute, low, peak } = traceDemand(trace);
      expect(low).toBeLessThanOrEqual(requestsPerMinute * (1 + 1e-12));
      expect(requestsPerMinute).toBeLessThanOrEqual(peak * (1 + 1e-12));
      expect(requestsPerMinute * requests.length).toBeCloseTo(
        requests.reduce((a, b) => a + b, 0),
        3,
      );
      for (const { minCapacity, maxCapacity, targetValue } of policyGrid({
        trace,
        capacityLowerPerMinute: 1000,
        floor: 1,
        startS: 60,
        quota: null,
      })) {
        expect(minCapacity).toBeGreaterThanOrEqual(Math.max(1, Math.floor(low / targetValue)));
        expect(maxCapacity).toBe(Math.max(1, Math.ceil(peak / targetValue - 1e-9)));
      }
    }),
    { numRuns: 50 },
  );
});

it('reads twelve weeks of minutes', () => {
  const requests = Array.from({ length: 120_960 }, (_, m) => m % 1440);
  expect(traceDemand({ name: 't', stepS: 60, requests })).toEqual({ requestsPerMinute: 719.5, low: 0, peak: 1439 });
});
