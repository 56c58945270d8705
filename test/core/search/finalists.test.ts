import { describe, expect, it } from 'vitest';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import { chooseFinalists } from '../../../lib/core/search/finalists.ts';
import { configurationOf, measurementOf, type StairSketch, scalarOf } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const row = (name: string, stairs: readonly StairSketch[], o = {}) => measurementOf(configurationOf(name), stairs, o);
const rows = [
  row('third', [{ users: 4, ratePerSecond: 10, latencyMs: 10 }]),
  row('first', [
    { users: 4, ratePerSecond: 30, latencyMs: 10 },
    { users: 16, ratePerSecond: 40, latencyMs: 49 },
    { users: 64, ratePerSecond: 90, latencyMs: 51 },
  ]),
  row('second', [{ users: 4, ratePerSecond: 20, latencyMs: 10 }]),
  row('late', [{ users: 4, ratePerSecond: 99, latencyMs: 60 }]),
  row('broken', [{ users: 4, ratePerSecond: 99, latencyMs: 1 }], {
    validity: validityOf([{ code: 'wrong-output', detail: '' }]),
  }),
];

describe('chooseFinalists', () => {
  it('takes the best n with the load at which they were best', () => {
    expect(chooseFinalists(rows, slo, 'maximize-throughput', 2)).toEqual([
      { configuration: 'first@local/local-1c', stair: 'users-16' },
      { configuration: 'second@local/local-1c', stair: 'users-4' },
    ]);
  });

  it('takes fewer where fewer are feasible', () => {
    expect(chooseFinalists(rows, slo, 'maximize-throughput', 9)).toHaveLength(3);
    expect(chooseFinalists([], slo, 'maximize-throughput', 2)).toEqual([]);
    expect(chooseFinalists(rows, slo, 'minimize-cost', 2), 'without a price there is no cost').toEqual([]);
  });

  it('looks at screening only, and not at single figures', () => {
    const confirmed = row('third', [{ users: 4, ratePerSecond: 999, latencyMs: 10 }], { purpose: 'confirm' });
    const published = scalarOf(configurationOf('p'), { latencyMs: 1, requestsPerMinute: 1e6 }, null);
    expect(chooseFinalists([...rows, confirmed, published], slo, 'maximize-throughput', 1)[0]?.configuration).toContain(
      'first',
    );
  });

  it('counts fleets where a demand is known', () => {
    const rented = (name: string, usdPerHour: number, ratePerSecond: number) =>
      measurementOf(configurationOf(name, { target: 'ec2', instanceType: name }), [{ ratePerSecond, latencyMs: 10 }], {
        price: { usdPerHour, source: 's', region: 'r', date: '2026-11-20' },
      });
    // Per million the large one is cheaper; for ten a minute one small instance is.
    const both = [rented('large', 5, 100), rented('small', 1, 10)];
    expect(chooseFinalists(both, slo, 'minimize-cost', 1)[0]?.configuration).toContain('large');
    expect(chooseFinalists(both, slo, 'minimize-cost', 1, 10)[0]?.configuration).toContain('small');
  });
});
