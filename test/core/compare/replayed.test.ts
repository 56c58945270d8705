import { describe, expect, it } from 'vitest';
import { differences, replayed } from '../../../lib/core/compare/replayed.ts';
import { configurationOf, measurementOf, type StairSketch } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const x = configurationOf('x');
const y = configurationOf('y');
const of = (...stairs: StairSketch[]) => [measurementOf(x, stairs)];
const one: StairSketch = { id: 'users-1', ratePerSecond: 50, latencyMs: 10 };
const four: StairSketch = { id: 'users-4', ratePerSecond: 100, latencyMs: 20 };

describe('a run that was started again', () => {
  it('is held against the values of the one before, at the load where that did best', () => {
    const [row] = replayed(of(one, four), of(one, { ...four, ratePerSecond: 100.3 }), slo);
    expect(row).toMatchObject({
      configuration: x.id,
      stair: 'users-4',
      ratePerSecond: { before: 100, now: 100.3, contained: true },
    });
    expect(row!.ratePerSecond.interval!.low).toBeLessThan(100);
    expect(row!.latencyMs).toMatchObject({ contained: true });
  });

  it.each([
    ['faster', { ...four, ratePerSecond: 120 }, { ratePerSecond: false, latencyMs: true }],
    ['slower', { ...four, ratePerSecond: 80, latencyMs: 30 }, { ratePerSecond: false, latencyMs: false }],
    ['too short to tell', { ...four, noise: [0], samples: 40 }, { ratePerSecond: null, latencyMs: null }],
  ] as [string, StairSketch, object][])('%s is outside, or not known', (_, stair, contained) => {
    const [row] = replayed(of(one, four), of(stair), slo);
    expect({ ratePerSecond: row!.ratePerSecond.contained, latencyMs: row!.latencyMs.contained }).toEqual(contained);
  });

  it('is compared at the highest load where no load kept the objective', () => {
    const slow = { ...four, latencyMs: 400 };
    expect(replayed(of(one && { ...one, latencyMs: 300 }, slow), of(slow), slo)[0]).toMatchObject({ stair: 'users-4' });
  });

  it('finds the old load among what was only screened this time', () => {
    const now = [measurementOf(x, [one, four]), measurementOf(x, [one], { purpose: 'confirm', trial: 'x#confirm' })];
    expect(replayed(of(four), now, slo)[0]!.ratePerSecond).toMatchObject({ now: 100, contained: true });
  });

  it('judges nothing by what is invalid', () => {
    const invalid = {
      validity: { status: 'invalid' as const, reasons: [{ code: 'client-lag' as const, detail: '' }] },
    };
    for (const [before, now] of [
      [[measurementOf(x, [four], invalid)], of(four)],
      [of(four), [measurementOf(x, [four], invalid)]],
    ] as const)
      expect(replayed(before, now, slo)[0]!.ratePerSecond).toMatchObject({ before: 100, now: 100, contained: null });
  });

  it('has a row of nothing for what is no longer there', () => {
    expect(replayed([measurementOf(y, [four])], of(four), slo)[0]).toEqual({
      configuration: y.id,
      stair: 'users-4',
      ratePerSecond: { before: 100, now: null, interval: null, contained: null },
      latencyMs: { before: expect.any(Number), now: null, interval: null, contained: null },
    });
    expect(replayed([measurementOf(y, [])], of(four), slo)[0]).toMatchObject({
      stair: null,
      ratePerSecond: { before: null },
    });
  });
});

it('differences are names with two values', () => {
  expect(differences({ a: 1, b: 'x', c: 2 }, { a: 1, b: 'y', d: [1] })).toEqual([
    { name: 'b', before: 'x', now: 'y' },
    { name: 'c', before: '2', now: 'unknown' },
    { name: 'd', before: 'unknown', now: '[1]' },
  ]);
});
