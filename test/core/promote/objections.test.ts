import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../../../lib/core/plan/rfc3339.ts';
import { changesBetween } from '../../../lib/core/promote/changes.ts';
import { objectionsTo, type Standing, standingObjections } from '../../../lib/core/promote/objections.ts';
import { noisyRun } from '../../support/noisy-runs.ts';

const demand = { requestsPerMinute: 30_000, low: 15_000, peak: 45_000 };
const { recommendation, measurements } = noisyRun({ seed: 1, ratePerSecond: 100, seconds: 60, cv: 0.05, demand });
const at = (moment: string) => parseRfc3339(moment)!;
const good: Standing = {
  recommendation,
  measurements,
  measuredWith: '1.0.0',
  kitVersion: '1.0.0',
  nowMs: at('2026-11-26T10:00:00Z'),
  maxAgeDays: 30,
  maxPriceAgeDays: 90,
};
const codes = (change: Partial<Standing>) => objectionsTo({ ...good, ...change }).map((o) => o.code);
const changed = (change: Partial<Standing['recommendation']>) => ({ recommendation: { ...recommendation, ...change } });
const measured = (change: Partial<(typeof measurements)[0]>) => ({
  measurements: measurements.map((m) => ({ ...m, ...change })),
});

describe('a recommendation', () => {
  it('that is decided, fresh, priced and ours goes to production', () => expect(codes({})).toEqual([]));

  it.each([
    ['chooses nothing', changed({ choice: null, deploy: null, verdict: 'infeasible' }), ['infeasible']],
    [
      'is of this machine',
      changed({ deploy: { ...recommendation.deploy!, target: 'local' }, scaling: null }),
      ['local'],
    ],
    ['has no demand', changed({ scaling: null }), ['no-demand']],
    ['is undecided', changed({ verdict: 'undecided' }), ['undecided']],
    ['is a tie, of which the first is taken', changed({ verdict: 'tie' }), []],
    ['was emulated', measured({ origin: 'emulated' }), ['emulated']],
    ['is of an unknown day', measured({ startedAt: null }), ['stale']],
    ['is 30 days old', { nowMs: at('2026-12-20T10:00:00Z') }, []],
    ['is older than 30 days', { nowMs: at('2026-12-20T10:00:01Z') }, ['stale']],
    ['is older than it may be', { maxAgeDays: 5 }, ['stale']],
    ['has prices of 90 days ago', { nowMs: at('2027-02-18T00:00:00Z'), maxAgeDays: 100 }, []],
    ['has older prices', { nowMs: at('2027-02-18T00:00:01Z'), maxAgeDays: 100 }, ['prices']],
    ['has a price of no day', measured({ price: { ...measurements[0]!.price!, date: 'spring' } }), ['prices']],
    ['has no price', measured({ price: null }), ['unpriced']],
    ['was measured with another version', { measuredWith: '0.9.0' }, ['version']],
    ['was measured with nobody knows what', { measuredWith: null }, []],
  ] as [string, Partial<Standing>, string[]][])('that %s', (_, change, expected) =>
    expect(codes(change)).toEqual(expected),
  );

  it('is held to the measurements of what it chose alone', () => {
    const other = { ...measurements[0]!, configuration: { ...measurements[0]!.configuration, id: 'other' } };
    expect(codes({ measurements: [...measurements, { ...other, startedAt: '2020-01-01T00:00:00Z' }] })).toEqual([]);
    expect(codes({ measurements: [other] })).toEqual(['stale', 'unpriced']);
  });

  it('is as old as the oldest of its repeats', () => {
    const repeat = { ...measurements[0]!, repeat: 2, startedAt: '2026-09-01T00:00:00Z' };
    expect(codes({ measurements: [...measurements, repeat] })).toEqual(['stale']);
  });

  it('gets every objection at once, each with a way out, and loses those that are accepted', () => {
    const all = objectionsTo({ ...good, ...changed({ verdict: 'undecided' }), measuredWith: '0.9.0', maxAgeDays: 1 });
    expect(all.map((o) => o.code)).toEqual(['undecided', 'stale', 'version']);
    for (const { fix } of all) expect(fix).not.toBe('');
    expect(standingObjections(all, ['stale', 'version']).map((o) => o.code)).toEqual(['undecided']);
  });
});

describe('what a promotion changes', () => {
  it('is everything where nothing was', () => {
    const rows = changesBetween(null, recommendation);
    expect(rows.every((r) => r.before === null && r.after !== null)).toBe(true);
    expect(rows.map((r) => r.field)).toEqual(expect.arrayContaining(['instance type', 'instances at most', 'demand']));
  });

  it('is nothing where the same is', () => expect(changesBetween(recommendation, { ...recommendation })).toEqual([]));

  it('is each value that differs, and each that is gone', () => {
    const deploy = { ...recommendation.deploy!, instanceType: 'ml.g5.xlarge', parameters: { workers: 2 } };
    const scaling = { ...recommendation.scaling!, maxCapacity: 99 };
    const before = { ...recommendation, deploy, scaling };
    expect(changesBetween(before, { ...recommendation, demand: null })).toEqual([
      { field: 'instance type', before: 'ml.g5.xlarge', after: 'ml.g4dn.xlarge' },
      { field: 'instances at most', before: '99', after: String(recommendation.scaling!.maxCapacity) },
      { field: 'parameter workers', before: '2', after: null },
      { field: 'demand', before: '15000 to 45000/min, typical 30000', after: null },
    ]);
  });
});
