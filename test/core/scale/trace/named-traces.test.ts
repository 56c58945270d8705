import { describe, expect, it } from 'vitest';
import { arrivalTimes, tickCounts } from '../../../../lib/core/scale/trace/arrivals.ts';
import { namedTrace, type TraceName, traceNames } from '../../../../lib/core/scale/trace/named-traces.ts';
import { durationS, perMinute } from '../../../../lib/core/scale/trace/trace.ts';

const demand = { requestsPerMinute: 30_000, low: 15_000, peak: 45_000 };
const expected = (name: TraceName) => perMinute(namedTrace(name, demand, 1));
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
const max = (xs: readonly number[]) => xs.reduce((a, b) => Math.max(a, b), 0);

describe('namedTrace', () => {
  it.each(traceNames)('%s is the same for the same seed, and never above the peak but for clumps', (name) => {
    expect(namedTrace(name, demand, 7)).toEqual(namedTrace(name, demand, 7));
    const { stepS, requests } = namedTrace(name, demand, 7);
    if (!['clumped', 'conversations'].includes(name)) expect((max(requests) * 60) / stepS).toBeCloseTo(demand.peak, -1);
  });

  it('diurnal has an hourly maximum of 2.5 times the minimum', () => {
    const minutes = expected('diurnal');
    const hours = Array.from({ length: 24 }, (_, h) => mean(minutes.slice(h * 60, h * 60 + 60)));
    expect(max(hours) / Math.min(...hours)).toBeGreaterThan(2.4);
    expect(max(hours) / Math.min(...hours)).toBeLessThanOrEqual(2.5);
  });

  it('match-day doubles within three minutes and peaks at five to eight times its mean', () => {
    const minutes = expected('match-day');
    expect(max(minutes) / mean(minutes)).toBeGreaterThan(5);
    expect(max(minutes) / mean(minutes)).toBeLessThan(8);
    expect(max(minutes.slice(3).map((n, i) => n / minutes[i]!))).toBeCloseTo(2, 1);
  });

  it.each([
    ['bursts-30s', 30],
    ['bursts-90s', 90],
    ['bursts-3m', 180],
    ['bursts-10m', 600],
    ['bursts-30m', 1800],
  ] as const)('%s is four times at three times the load', (name, seconds) => {
    const { stepS, requests } = namedTrace(name, demand, 1);
    const low = Math.min(...requests);
    const high = requests.filter((n) => n > 2 * low);
    expect(max(requests) / low).toBeCloseTo(3, 9);
    expect(high.length * stepS).toBe(4 * seconds);
    expect(requests.filter((n, i) => n > 2 * low && !(requests[i - 1]! > 2 * low))).toHaveLength(4);
  });

  it('silence-then-burst is silent for 40 minutes, then at the peak', () => {
    const minutes = expected('silence-then-burst');
    expect(minutes.filter((n) => n === 0)).toHaveLength(40);
    expect(minutes[minutes.lastIndexOf(0) + 1]).toBe(demand.peak);
  });

  it('weekly-growth rises evenly for a week', () => {
    const minutes = expected('weekly-growth');
    expect(minutes).toHaveLength(7 * 1440);
    expect(minutes[0]).toBe(demand.low);
    expect(minutes[5040]! - minutes[0]!).toBeCloseTo(minutes.at(-1)! - minutes[5039]!, 0);
  });

  // The public traces have 5.5 and 2.6 requests a second; the gaps' spread depends on the rate.
  it.each([
    ['conversations', 5.5, [1.0, 1.2], [10, 24]],
    ['clumped', 2.6, [11, 15], [120, 200]],
  ] as const)('%s has gaps and minutes as uneven as the trace it is made after', (name, perSecond, cv, idc) => {
    const rate = perSecond * 60;
    const found = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const trace = namedTrace(name, { requestsPerMinute: rate, low: rate, peak: rate }, seed);
      const counts = tickCounts(trace, seed, 1);
      const times = arrivalTimes(counts, seed, 1);
      const gaps = Array.from(times.subarray(1), (t, i) => t - times[i]!);
      const minutes = perMinute({ name, stepS: 1, requests: [...counts] });
      return {
        rate: times.length / durationS(trace),
        cv: Math.sqrt(variance(gaps)) / mean(gaps),
        idc: variance(minutes) / mean(minutes),
      };
    });
    expect(mean(found.map((f) => f.rate)) / perSecond).toBeCloseTo(1, 1);
    const within = (x: number, [low, high]: readonly [number, number]) => {
      expect(x).toBeGreaterThan(low);
      expect(x).toBeLessThan(high);
    };
    within(mean(found.map((f) => f.cv)), cv);
    within(mean(found.map((f) => f.idc)), idc);
  });
});

function variance(xs: readonly number[]): number {
  const m = mean(xs);
  return mean(xs.map((x) => (x - m) ** 2));
}

describe('tickCounts', () => {
  it('scatters around the expected requests as a Poisson process does, whatever the rate', () => {
    for (const perStep of [6, 600, 60_000]) {
      const trace = { name: 'flat', stepS: 60, requests: new Array<number>(400).fill(perStep) };
      const counts = [...tickCounts(trace, 3, 1)];
      expect(mean(counts) / (perStep / 60)).toBeCloseTo(1, 1);
      expect(variance(counts) / mean(counts)).toBeCloseTo(1, 1);
    }
  });
});
