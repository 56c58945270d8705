/** Pairs of changes, for rows that neither limit, demand nor price helps alone. */
import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../lib/core/recommend/goal.ts';
import { recommend } from '../../../lib/core/recommend/recommend.ts';
import { configurationOf, scalarOf } from '../../support/measurements.ts';

type Row = [name: string, usdPerHour: number, latencyMs: number, perMinute: number];

function changeOf(name: string, rows: readonly Row[], demand: number | null, objective: Objective = 'minimize-cost') {
  const measurements = rows.map(([row, usdPerHour, latencyMs, requestsPerMinute]) => {
    const place = configurationOf(row, { target: 'sagemaker', instanceType: `ml.${row}` });
    return scalarOf(place, { latencyMs, requestsPerMinute }, usdPerHour);
  });
  const { rejected } = recommend({
    experiment: 'pairs',
    slo: { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 },
    demand: demand === null ? null : { requestsPerMinute: demand, low: demand / 2, peak: demand * 1.5 },
    objective,
    measurements,
  });
  return rejected.find((r) => r.configuration === name)?.wouldWinAt;
}

describe('a pair', () => {
  it('is the limit that admits the row and the price that wins there', () => {
    const rows: Row[] = [
      ['best', 1, 10, 1000],
      ['late', 2, 80, 1000],
    ];
    expect(changeOf('late', rows, 1000)).toEqual({ sloMs: 80, usdPerHour: 0.9999 });
  });

  it('is another limit where no price wins at the nearest', () => {
    const rows: Row[] = [
      ['free', 0.0001, 40, 1_000_000],
      ['dear', 5, 20, 1],
      ['quick', 3, 10, 1000],
    ];
    expect(changeOf('dear', rows, 1000)).toEqual({ sloMs: 39, usdPerHour: 0.0029 });
  });

  it('is a limit and a demand where no price is small enough', () => {
    const rows: Row[] = [
      ['free', 0.00002, 10, 1_000_000],
      ['late', 0.00001, 80, 1],
    ];
    expect(changeOf('late', rows, 1000)).toEqual({ sloMs: 80, requestsPerMinute: 1 });
  });

  it('is a demand and a price where a fleet of many is compared with one machine', () => {
    const rows: Row[] = [
      ['small', 5, 10, 1],
      ['vast', 0.0001, 10, 1_000_000],
    ];
    expect(changeOf('small', rows, 1000)).toEqual({ requestsPerMinute: 1, usdPerHour: 0.0001 });
  });

  it('is not sought where money does not count', () => {
    const rows: Row[] = [
      ['best', 1, 10, 1000],
      ['worse', 2, 80, 900],
    ];
    expect(changeOf('worse', rows, null, 'maximize-throughput')).toBeNull();
    expect(changeOf('worse', rows, null, 'minimize-latency')).toBeNull();
  });

  it('is not needed where a price balances the latency', () => {
    const rows: Row[] = [
      ['best', 1, 10, 1000],
      ['slow', 2, 40, 1000],
    ];
    expect(changeOf('slow', rows, 1000, 'balanced')).toEqual({ usdPerHour: 0.2499 });
  });
});
