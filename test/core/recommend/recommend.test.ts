import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import type { ValidityFinding } from '../../../lib/core/measure/validity.ts';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import { capacityOf } from '../../../lib/core/recommend/capacity.ts';
import { operatingPoints } from '../../../lib/core/recommend/operating-point.ts';
import { type RecommendInput, recommend } from '../../../lib/core/recommend/recommend.ts';
import { recommendationSchema } from '../../../lib/core/recommend/recommendation.ts';
import { configurationOf, measurementOf, type StairSketch, scalarOf } from '../../support/measurements.ts';
import { randomMeasurements, sloAt } from '../../support/random-field.ts';
import { laptop } from '../../support/report-scenarios.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const finding = (code: ValidityFinding['code'], detail = 'because'): Measurement['validity'] =>
  validityOf([{ code, detail }]);

function decide(measurements: readonly Measurement[], o: Partial<RecommendInput> = {}) {
  const decision = recommend({
    experiment: 'test',
    slo,
    demand: null,
    objective: 'maximize-throughput',
    measurements,
    ...o,
  });
  expect(recommendationSchema.parse(decision)).toEqual(decision);
  return decision;
}

/** A laptop's configuration. */
const local = (name: string, stairs: readonly StairSketch[], o: Partial<Measurement> = {}) =>
  measurementOf(configurationOf(name), stairs, o);

/** A rented one, with a price. */
const rented = (
  name: string,
  instanceType: string,
  usdPerHour: number | null,
  stairs: readonly StairSketch[],
  o: Partial<Measurement> = {},
) =>
  measurementOf(configurationOf(name, { target: 'sagemaker', instanceType }), stairs, {
    price: usdPerHour === null ? null : { usdPerHour, source: 's', region: 'us-east-1', date: '2026-11-20' },
    priceNote: usdPerHour === null ? 'no trustworthy price' : null,
    ...o,
  });

const rejectionOf = (decision: ReturnType<typeof decide>, name: string) =>
  decision.rejected.find((r) => r.configuration === name);

describe('capacity', () => {
  it('is the highest rate that met the objective, not the highest rate', () => {
    const m = local('a', [
      { users: 1, ratePerSecond: 50, latencyMs: 10 },
      { users: 4, ratePerSecond: 120, latencyMs: 50 },
      { users: 16, ratePerSecond: 200, latencyMs: 51 },
    ]);
    const capacity = capacityOf([m], slo)!;
    expect(capacity).toMatchObject({ stairId: 'users-4', latencyMs: 50 });
    expect(capacity.ratePerSecond).toBeCloseTo(120, 9);
    expect(capacity.interval!.low).toBeLessThan(120);
  });

  it('reads the objective’s own percentile', () => {
    const slow = Array.from({ length: 100 }, (_, i) => (i < 93 ? 10 : 80));
    const skewed = local('a', [{ ratePerSecond: 50, latencyMs: 10, samples: 100 }]);
    const stair = skewed.stairs[0]!;
    const measured = {
      ...skewed,
      stairs: [{ ...stair, latency: local('b', [{ ratePerSecond: 1, latencyMs: 80, samples: 7 }]).stairs[0]!.latency }],
    };
    expect(slow).toHaveLength(100);
    expect(capacityOf([skewed, { ...measured, repeat: 2 }], slo), 'seven of 107 are slow').toBeNull();
    expect(capacityOf([skewed, { ...measured, repeat: 2 }], { ...slo, percentile: 85 })?.latencyMs).toBeCloseTo(10, 0);
  });

  it.each([
    ['too few samples', { ratePerSecond: 50, latencyMs: 10, samples: 58 }],
    ['a percentile among failures', { ratePerSecond: 50, latencyMs: 10, samples: 1000, failures: 60 }],
    ['an error rate that is surely over', { ratePerSecond: 50, latencyMs: 10, samples: 1000, failures: 5 }],
    ['no rate', { ratePerSecond: 0, latencyMs: 10 }],
  ])('has none with %s', (_, stair) => expect(capacityOf([local('a', [stair])], slo)).toBeNull());

  it('tolerates errors that may be chance', () => {
    // 2 of 1,000 is over 0.1 %, but its lower 95 % limit is 0.04 %.
    const chance = local('a', [{ ratePerSecond: 50, latencyMs: 10, samples: 1000, failures: 2 }]);
    expect(capacityOf([chance], slo)).not.toBeNull();
    const clean = local('a', [{ ratePerSecond: 50, latencyMs: 10 }]);
    expect(capacityOf([clean], { ...slo, maxErrorRate: 0 }), 'no error is not too many').not.toBeNull();
    expect(capacityOf([chance], { ...slo, maxErrorRate: 0 })).toBeNull();
  });

  it('takes the lower latency of two equal rates', () => {
    const even = (first: number, second: number) =>
      local('a', [
        { users: 4, ratePerSecond: 50, latencyMs: first },
        { users: 8, ratePerSecond: 50, latencyMs: second },
      ]);
    expect(capacityOf([even(10, 20)], slo)?.stairId).toBe('users-4');
    expect(capacityOf([even(20, 10)], slo)?.stairId).toBe('users-8');
  });

  it('pools repeats: rates are averaged, samples add up', () => {
    const repeat = (n: number, rate: number) =>
      local('a', [{ ratePerSecond: rate, latencyMs: 10, samples: 30 }], { repeat: n });
    expect(capacityOf([repeat(1, 100)], slo)).toBeNull();
    expect(capacityOf([repeat(1, 100), repeat(2, 140)], slo)?.ratePerSecond).toBeCloseTo(120, 9);
  });

  it('counts items where a request carries several', () => {
    const m = local('a', [{ ratePerSecond: 50, latencyMs: 10 }], { itemsPerRequest: 8 });
    expect(capacityOf([m], slo)?.itemsPerSecond).toBeCloseTo(400, 9);
  });

  it('is that of a load whose upper 95 % limit is inside the objective, to the very limit', () => {
    const m = local('a', [
      { users: 1, ratePerSecond: 50, latencyMs: 10 },
      { users: 4, ratePerSecond: 120, latencyMs: 30, upperMs: 44 },
    ]);
    const { keepsMs } = operatingPoints([m], slo)[1]!;
    expect(keepsMs).toBeCloseTo(44, 0);
    expect(capacityOf([m], { ...slo, latencyMs: keepsMs! })?.stairId).toBe('users-4');
    expect(capacityOf([m], { ...slo, latencyMs: keepsMs! - 1e-9 })?.stairId, 'a hair less').toBe('users-1');
  });

  it('never falls as the limit is loosened', () => {
    const limits = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 0, max: 60 }));
    let grown = 0;
    fc.assert(
      fc.property(randomMeasurements, limits, (rows, [sloMs, more]) => {
        for (const m of rows) {
          const [tight, loose] = [sloMs, sloMs + more].map((l) => capacityOf([m], sloAt(l))?.ratePerSecond ?? 0);
          expect(loose).toBeGreaterThanOrEqual(tight!);
          if (loose! > tight!) grown++;
        }
      }),
    );
    expect(grown).toBeGreaterThan(30);
  });

  it('is empty of nothing', () => expect(capacityOf([], slo)).toBeNull());

  it('of scalar repeats is their mean rate at their worst latency and error rate', () => {
    const figure = (latencyMs: number, requestsPerMinute: number, errorRate: number | null = null) =>
      scalarOf(
        configurationOf('s', { target: 'ec2', instanceType: 'i' }),
        { latencyMs, requestsPerMinute, errorRate },
        1,
      );
    const capacity = capacityOf([figure(40, 600), figure(45, 1800, 0.001)], slo)!;
    expect(capacity).toMatchObject({ stairId: null, latencyMs: 45, interval: null, errorRate: 0.001 });
    expect(capacity.ratePerSecond).toBeCloseTo(20, 9);
    expect(capacityOf([figure(40, 600, 0.002)], slo)).toBeNull();
    expect(capacityOf([figure(51, 600)], slo)).toBeNull();
  });
});

describe('a laptop', () => {
  const fast = local('fast', [{ ratePerSecond: 812, latencyMs: 31 }]);
  const slow = local('slow', [{ ratePerSecond: 572, latencyMs: 20 }]);

  it('chooses the highest capacity, without price and fleet', () => {
    const decision = decide([slow, fast], { demand: { requestsPerMinute: 1000, low: 500, peak: 1500 } });
    expect(decision).toMatchObject({ verdict: 'decided', evidence: 'distribution', scaling: null, ties: [] });
    expect(decision.choice).toEqual({
      configuration: 'fast',
      target: 'local',
      instanceType: 'local-1c',
      instances: null,
      usdPerHour: null,
      usdPerMillion: null,
      latencyMs: 31,
      capacityPerMinute: 48_720,
    });
    expect(decision.fleet).toEqual({
      atCapacity: { instances: null, usdPerHour: null },
      atTarget: { instances: null, usdPerHour: null },
    });
    expect(decision.deploy?.id).toBe('fast@local/local-1c');
    expect(decision.margin.percent).toBeCloseTo(38, 9);
    expect(decision.margin.at10Percent?.configuration).toBe('fast');
  });

  it('says it', () => {
    expect(decide([slow, fast]).sentence).toBe(
      'fast serves 812 requests/s per instance at p95 31 ms (limit 50 ms), 1.42 × the runner-up slow (572/s).',
    );
    expect(decide([fast]).sentence).toBe('fast serves 812 requests/s per instance at p95 31 ms (limit 50 ms).');
  });

  it('tells the loser by how much, and when it would win', () => {
    expect(rejectionOf(decide([slow, fast]), 'slow')).toMatchObject({
      reason: 'cost',
      detail: '572/s per instance against 812/s of the choice',
      wouldWinAt: { sloMs: 30 },
      capacityPerMinute: 34_320,
    });
  });

  it('has rate against latency as its frontier', () => {
    const dominated = local('dominated', [{ ratePerSecond: 500, latencyMs: 25 }]);
    expect(decide([dominated, fast, slow]).frontier.map((f) => f.configuration)).toEqual(['slow', 'fast']);
  });

  it('ignores a price that someone put on it', () => {
    const priced = { ...fast, price: { usdPerHour: 1, source: 'me', region: 'x', date: '2026-11-20' } };
    expect(decide([priced]).choice?.usdPerHour).toBeNull();
  });

  it('cannot minimise a cost that nobody knows', () => {
    const decision = decide([fast, slow], { objective: 'minimize-cost' });
    expect(decision).toMatchObject({ choice: null, verdict: 'undecided', scaling: null });
    expect(decision.sentence).toBe('Nothing can be recommended: what meets the objective has no price to compare.');
    expect(decision.rejected.map((r) => r.reason)).toEqual(['no-price', 'no-price']);
  });
});

describe('ties', () => {
  const noisy = (spread: number) => [-spread, spread, -spread, spread, -spread, spread];

  it('are overlapping intervals, settled by the point value, then latency, then id', () => {
    const a = rented('a', 'x', 1, [{ ratePerSecond: 100, latencyMs: 30, noise: noisy(0.1) }]);
    const b = rented('b', 'x', 1, [{ ratePerSecond: 104, latencyMs: 40, noise: noisy(0.1) }]);
    const decision = decide([a, b]);
    expect(decision).toMatchObject({ verdict: 'tie', choice: { configuration: 'b' } });
    expect(decision.ties.map((t) => t.configuration)).toEqual(['a']);
    expect(decision.rejected).toEqual([]);
    expect(decision.sentence).toContain('cannot tell it from a on x, and it is preferred for its better point value');
  });

  it('end where intervals part', () => {
    const a = rented('a', 'x', 1, [{ ratePerSecond: 100, latencyMs: 30, noise: noisy(0.01) }]);
    const b = rented('b', 'x', 1, [{ ratePerSecond: 104, latencyMs: 40, noise: noisy(0.01) }]);
    expect(decide([a, b]).verdict).toBe('decided');
  });

  it('of equal fleets go to the lower latency', () => {
    const demand = { requestsPerMinute: 3000, low: 1500, peak: 4500 };
    const a = rented('a', 'x', 1, [{ ratePerSecond: 60, latencyMs: 45 }]);
    const b = rented('b', 'x', 1, [{ ratePerSecond: 58, latencyMs: 20 }]);
    const decision = decide([a, b], { objective: 'minimize-cost', demand });
    expect(decision).toMatchObject({ verdict: 'tie', choice: { configuration: 'b', instances: 1 } });
    expect(decision.sentence).toContain('its lower latency');
  });

  it('of equal everything go to the smaller id, and name all others', () => {
    const same = (name: string) => rented(name, 'x', 1, [{ ratePerSecond: 60, latencyMs: 45 }]);
    const decision = decide([same('c'), same('a'), same('b')]);
    expect(decision.choice?.configuration).toBe('a');
    expect(decision.sentence).toContain('from b on x and c on x');
  });

  it('are seen through when windows ran side by side', () => {
    const drift = [-0.3, 0.3, -0.25, 0.25, -0.2, 0.2];
    const [a, b] = [
      local('a', [{ ratePerSecond: 100, latencyMs: 30, noise: drift }]),
      local('b', [{ ratePerSecond: 110, latencyMs: 30, noise: drift }]),
    ];
    expect(decide([a, b])).toMatchObject({ verdict: 'decided', choice: { configuration: 'b' } });
    const rent = (m: Measurement, name: string) => ({
      ...m,
      configuration: configurationOf(name, { target: 'ec2', instanceType: 'x' }),
    });
    expect(decide([rent(a, 'a'), rent(b, 'b')]).verdict, 'on different hosts').toBe('tie');
    const opposed = local('c', [{ ratePerSecond: 100, latencyMs: 30, noise: drift.map((d) => -d) }]);
    expect(decide([b, opposed]).verdict).toBe('tie');
  });

  it('are not claimed of single figures', () => {
    const noise = [-0.2, 0.2, -0.2, 0.2];
    const measured = rented('a', 'x', 1, [{ ratePerSecond: 100, latencyMs: 30, noise }]);
    const published = scalarOf(
      configurationOf('b', { target: 'sagemaker', instanceType: 'x' }),
      { latencyMs: 30, requestsPerMinute: 99 * 60 },
      1,
    );
    const decision = decide([measured, published]);
    expect(decision).toMatchObject({
      verdict: 'undecided',
      evidence: 'scalar',
      ties: [],
      choice: { configuration: 'a' },
    });
  });

  it('cannot be told without any spread', () => {
    const one = (name: string, rate: number) =>
      rented(name, 'x', 1, [{ ratePerSecond: rate, latencyMs: 30, noise: [0] }]);
    const decision = decide([one('a', 100), one('b', 200)]);
    expect(decision).toMatchObject({ verdict: 'undecided', choice: { configuration: 'b' } });
    expect(decision.warnings.join()).toContain('too few windows');
    expect(decide([one('a', 100)]).verdict, 'nothing to confuse it with').toBe('decided');
  });
});

describe('feasibility comes first', () => {
  const good = local('good', [{ ratePerSecond: 10, latencyMs: 40 }]);

  it('rejects the faster row that is too slow to answer', () => {
    const late = local('late', [
      { users: 1, ratePerSecond: 90, latencyMs: 62 },
      { users: 4, ratePerSecond: 99, latencyMs: 80 },
    ]);
    const row = rejectionOf(decide([good, late]), 'late')!;
    expect(row).toMatchObject({
      reason: 'slo',
      capacityPerMinute: null,
      detail: 'p95 62 ms at its best (users-1) is over the limit of 50 ms',
    });
    expect(row.latencyMs).toBeCloseTo(62, 0);
    expect(row.wouldWinAt?.sloMs).toBeCloseTo(62, 0);
  });

  it('rejects what may be quick enough, and says what would tell', () => {
    const straddling = local('b', [{ ratePerSecond: 90, latencyMs: 40, upperMs: 56 }]);
    const decision = decide([good, straddling]);
    expect(decision.choice?.configuration).toBe('good');
    expect(rejectionOf(decision, 'b')).toMatchObject({
      reason: 'slo',
      detail:
        'p95 40.1 ms at users-4 meets 50 ms, its upper 95 % limit of 56 ms does not: measure longer (load.duration)',
      capacityPerMinute: null,
      wouldWinAt: { sloMs: 56 },
    });
    expect(decide([straddling])).toMatchObject({
      verdict: 'infeasible',
      sentence: expect.stringMatching(
        /^No configuration is sure to meet p95 ≤ 50 ms: of the closest, b, p95 40.1 ms at users-4/,
      ),
    });
    // The largest of 59 is the upper limit of their p95, and it did not come.
    const failing = local('c', [{ ratePerSecond: 50, latencyMs: 10, samples: 59, failures: 1 }]);
    expect(rejectionOf(decide([good, failing]), 'c')?.detail).toContain('falls among the requests that failed');
  });

  it('says how many requests are missing', () => {
    const few = local('few', [{ ratePerSecond: 90, latencyMs: 10, samples: 20 }]);
    expect(rejectionOf(decide([good, few]), 'few')?.detail).toBe(
      '20 requests at most on one load; p95 and its upper 95 % limit need 59, 39 more: measure longer (load.duration)',
    );
  });

  it('rejects failing rows', () => {
    const failing = local('failing', [{ ratePerSecond: 90, latencyMs: 10, samples: 1000, failures: 20 }]);
    expect(rejectionOf(decide([good, failing]), 'failing')).toMatchObject({
      reason: 'errors',
      detail: '2 % of requests failed at users-4; the limit is 0.1 %',
      wouldWinAt: null,
    });
    const lenient = { ...slo, maxErrorRate: 0.5 };
    const overflowing = local('o', [{ ratePerSecond: 90, latencyMs: 10, samples: 1000, failures: 100 }]);
    expect(rejectionOf(decide([good, overflowing], { slo: lenient }), 'o')?.reason).toBe('errors');
  });

  it('rejects what has too few samples, no latency or no rate', () => {
    expect(
      rejectionOf(decide([good, local('few', [{ ratePerSecond: 90, latencyMs: 10, samples: 20 }])]), 'few')?.reason,
    ).toBe('validity');
    const source = (latencyMs: number | null, requestsPerMinute: number | null, errorRate: number | null = null) =>
      scalarOf(configurationOf('s', { target: 'local' }), { latencyMs, requestsPerMinute, errorRate }, null);
    expect(rejectionOf(decide([good, source(null, 60)]), 's')).toMatchObject({
      reason: 'slo',
      detail: 'its source reports no latency',
    });
    const stuck = local('stuck', [{ ratePerSecond: 0, latencyMs: 10 }]);
    expect(rejectionOf(decide([good, stuck]), 'stuck')?.reason).toBe('demand');
    expect(rejectionOf(decide([good, source(30, null)]), 's')).toMatchObject({ reason: 'demand', latencyMs: 30 });
    expect(rejectionOf(decide([good, source(30, 60, 0.4)]), 's')).toMatchObject({
      reason: 'errors',
      detail: '40 % of requests failed; the limit is 0.1 %',
    });
  });

  it('never ranks what is invalid', () => {
    const invalid = local('invalid', [{ ratePerSecond: 1000, latencyMs: 1 }], {
      validity: finding('server-died', 'exit 137'),
    });
    const decision = decide([good, invalid]);
    expect(decision.choice?.configuration).toBe('good');
    expect(rejectionOf(decision, 'invalid')).toMatchObject({
      reason: 'validity',
      detail: 'invalid:server-died (exit 137)',
      wouldWinAt: null,
      latencyMs: null,
    });
    expect(decide([invalid], { includeDegraded: true })).toMatchObject({ verdict: 'infeasible', choice: null });
  });

  it('ranks what is degraded when asked, and marks it', () => {
    const degraded = local('degraded', [{ ratePerSecond: 1000, latencyMs: 1 }], { validity: finding('unsteady') });
    expect(decide([good, degraded]).choice?.configuration).toBe('good');
    const asked = decide([good, degraded], { includeDegraded: true });
    expect(asked.choice?.configuration).toBe('degraded');
    expect(asked.warnings).toContain('the choice is degraded: unsteady');
  });

  it('leaves a broken repeat out while a sound one is there', () => {
    const broken = local('a', [{ ratePerSecond: 1, latencyMs: 1 }], { repeat: 2, validity: finding('client-lag') });
    const decision = decide([local('a', [{ ratePerSecond: 100, latencyMs: 10 }]), broken]);
    expect(decision.choice?.capacityPerMinute).toBeCloseTo(6000, 6);
  });

  it('names a limit that would be kept, where none keeps the one that is asked for', () => {
    const measurements = laptop().measurements.filter((m) => m.purpose === 'screen');
    const at = (latencyMs: number) => decide(measurements, { slo: { ...slo, latencyMs } });
    const needed = Number(/ needs ([\d.]+) ms\.$/.exec(at(1).sentence)![1]);
    expect(at(needed * 1.005).choice, 'printed to three digits').not.toBeNull();
    expect(at(needed * 0.995).choice).toBeNull();
  });

  it('says when nothing is left', () => {
    const late = (name: string, latencyMs: number) => local(name, [{ ratePerSecond: 90, latencyMs }]);
    expect(decide([late('a', 90), late('b', 62)])).toMatchObject({
      verdict: 'infeasible',
      choice: null,
      deploy: null,
      frontier: [],
      warnings: [],
      margin: { percent: null, at10Percent: null },
      sentence: 'No configuration meets p95 ≤ 50 ms: the closest, b, needs 62 ms.',
    });
    expect(decide([]).sentence).toBe('Nothing can be recommended: there is no measurement.');
    const dead = local('a', [], { validity: finding('unhealthy') });
    expect(decide([dead]).sentence).toBe('Nothing can be recommended: no measurement is valid.');
    const failing = local('a', [{ ratePerSecond: 9, latencyMs: 9, samples: 100, failures: 50 }]);
    expect(decide([failing]).sentence).toBe('No configuration meets p95 ≤ 50 ms: none has a latency to judge.');
  });
});

describe('confirmation', () => {
  const screen = (name: string, rate: number) =>
    local(name, [
      { users: 1, ratePerSecond: rate / 2, latencyMs: 5 },
      { users: 4, ratePerSecond: rate, latencyMs: 30 },
    ]);
  const confirm = (name: string, rate: number, latencyMs = 30) =>
    local(name, [{ users: 4, ratePerSecond: rate, latencyMs }], { purpose: 'confirm' });

  it('alone gives the figures of the confirmed', () => {
    const decision = decide([screen('a', 200), screen('b', 190), confirm('a', 150), confirm('b', 170)]);
    expect(decision.choice).toMatchObject({ configuration: 'b' });
    expect(decision.choice?.capacityPerMinute).toBeCloseTo(170 * 60, 6);
  });

  it('comes before screening, which may be too good to be true', () => {
    const decision = decide([screen('a', 200), screen('lucky', 250), confirm('a', 180)]);
    expect(decision).toMatchObject({ verdict: 'undecided', choice: { configuration: 'a' } });
    expect(decision.warnings.join()).toContain('not confirmed screened better');
    expect(rejectionOf(decision, 'lucky')).toMatchObject({
      reason: 'cost',
      wouldWinAt: null,
      detail: expect.stringMatching(/^screened only/),
    });
  });

  it('is not doubted for a screening that merely may be better', () => {
    const noise = [-0.2, 0.2, -0.2, 0.2];
    const a = local('a', [{ users: 4, ratePerSecond: 180, latencyMs: 30, noise }], { purpose: 'confirm' });
    const decision = decide([a, local('lucky', [{ users: 4, ratePerSecond: 190, latencyMs: 30, noise }])]);
    expect(decision).toMatchObject({ verdict: 'decided', choice: { configuration: 'a' } });
  });

  it('counts a failed one against the configuration', () => {
    const decision = decide([screen('a', 200), screen('b', 100), confirm('a', 180, 70), confirm('b', 100)]);
    expect(decision.choice?.configuration).toBe('b');
    expect(rejectionOf(decision, 'a')?.reason).toBe('slo');
  });

  it('falls back to screening when no confirmation is feasible', () => {
    const decision = decide([screen('a', 200), screen('b', 100), confirm('a', 180, 70)]);
    expect(decision.choice?.configuration).toBe('b');
  });

  it('does not let a loser win at a limit that the choice meets under less load', () => {
    // At 10 ms the confirmed load of `a` is too slow, but its screened one with a single user is not.
    const decision = decide([screen('a', 200), confirm('a', 200), local('b', [{ ratePerSecond: 20, latencyMs: 8 }])]);
    expect(rejectionOf(decision, 'b')?.wouldWinAt).toBeNull();
    expect(decision.sentence).toContain('10 × the runner-up b');
  });

  it('names a better margin from the screened loads', () => {
    const decision = decide([
      screen('a', 200),
      confirm('a', 200, 48),
      local('b', [{ ratePerSecond: 20, latencyMs: 8 }]),
    ]);
    expect(decision.margin.at10Percent).toMatchObject({ configuration: 'a', latencyMs: 5 });
    expect(decision.warnings.join()).toContain('only 4 % inside');
  });
});

describe('money', () => {
  const demand = { requestsPerMinute: 6000, low: 3000, peak: 9000 };
  const small = rented('small', 's', 1, [{ ratePerSecond: 30, latencyMs: 40 }]);
  const large = rented('large', 'l', 5, [{ ratePerSecond: 110, latencyMs: 20 }]);

  it('ranks fleets by the hour where there is a demand', () => {
    // Four small ones carry 100/s for 4 USD; one large for 5.
    const decision = decide([large, small], { objective: 'minimize-cost', demand });
    expect(decision).toMatchObject({
      verdict: 'decided',
      choice: { configuration: 'small', instances: 4, usdPerHour: 4 },
    });
    expect(decision.sentence).toBe(
      'small on s serves 6,000 requests/min with 4 instances for 4.00 USD/h at p95 40 ms (limit 50 ms), 20 % cheaper than the runner-up large on l.',
    );
    expect(decision.frontier.map((f) => [f.configuration, f.usdPerHour])).toEqual([
      ['large', 5],
      ['small', 4],
    ]);
    const row = rejectionOf(decision, 'large')!;
    expect(row.detail).toBe('1 instance for 5.00 USD/h against 4.00 USD/h of the choice');
    // At 6,600/min, 110/s, the small fleet needs a fifth... fourth instance still: 4 x 30 = 120/s. The price is nearer.
    expect(row.wouldWinAt).toEqual({ usdPerHour: 4 });
  });

  it('ranks dollars per million where there is none', () => {
    const decision = decide([large, small], { objective: 'minimize-cost' });
    expect(decision.choice).toMatchObject({ configuration: 'small', instances: null, usdPerHour: 1 });
    expect(decision.choice?.usdPerMillion).toBeCloseTo(1e6 / 108_000, 6);
    expect(rejectionOf(decision, 'large')?.detail).toBe('12.63 USD per million against 9.26 of the choice');
    expect(decision.sentence).toContain(
      'serves 30 requests/s per instance at p95 40 ms (limit 50 ms), 9.26 USD per million',
    );
    expect(decision.frontier.map((f) => f.configuration)).toEqual(['large', 'small']);
    expect(decision.fleet.atTarget.instances).toBeNull();
  });

  it('never ranks what has no price on cost, and says which price would win', () => {
    const unpriced = rented('unpriced', 'u', null, [{ ratePerSecond: 500, latencyMs: 5 }]);
    const decision = decide([small, unpriced], { objective: 'minimize-cost', demand });
    expect(decision.choice?.configuration).toBe('small');
    expect(rejectionOf(decision, 'unpriced')).toMatchObject({
      reason: 'no-price',
      detail: 'no trustworthy price',
      wouldWinAt: { usdPerHour: 4 },
    });
    const late = rented('late', 'u', null, [{ ratePerSecond: 500, latencyMs: 500 }]);
    expect(rejectionOf(decide([small, late], { objective: 'minimize-cost', demand }), 'late')?.reason).toBe('slo');
    expect(decide([late], { objective: 'minimize-cost' }).verdict).toBe('infeasible');
    expect(decide([small, unpriced]).choice?.configuration, 'throughput needs no price').toBe('unpriced');
    expect(decide([small, unpriced], { objective: 'balanced' }).choice?.configuration).toBe('small');
  });

  it('never ranks a laptop against what can be rented', () => {
    const decision = decide([small, local('laptop', [{ ratePerSecond: 999, latencyMs: 1 }])]);
    expect(decision.choice?.configuration).toBe('small');
    expect(rejectionOf(decision, 'laptop')).toMatchObject({ reason: 'no-price', wouldWinAt: null });
  });

  it('plans the fleet with the lower bound of the interval', () => {
    const noisy = rented('n', 's', 1, [{ ratePerSecond: 30, latencyMs: 40, noise: [-0.2, 0.2, -0.2, 0.2] }]);
    const { fleet, scaling } = decide([noisy], { objective: 'minimize-cost', demand });
    expect(fleet.atCapacity.instances).toBe(4);
    expect(scaling!.targetValue).toBeLessThan(30 * 60 * 0.7 * 0.75);
    expect(scaling!.targetValue).toBeGreaterThan(30 * 60 * 0.7 * 0.5);
    const { scaling: safer } = decide([noisy], {
      objective: 'minimize-cost',
      demand,
      safety: 0.35,
      availability: 'single',
      quota: 5,
    });
    expect(safer!.targetValue).toBeCloseTo(scaling!.targetValue / 2, 6);
    expect(safer!.maxCapacity).toBe(5);
  });

  it('has no fleet when the lower bound is nothing', () => {
    const wild = rented('w', 's', 1, [{ ratePerSecond: 30, latencyMs: 40, noise: [-0.99, 0.99] }]);
    expect(decide([wild], { objective: 'minimize-cost', demand })).toMatchObject({
      scaling: null,
      fleet: { atTarget: { instances: null } },
    });
  });

  it('counts a fleet without a price, in a single instance too', () => {
    const unpriced = rented('u', 'u', null, [{ ratePerSecond: 500, latencyMs: 5 }]);
    const decision = decide([unpriced], { demand });
    expect(decision.choice).toMatchObject({ instances: 1, usdPerHour: null });
    expect(decision.sentence).toContain('with 1 instance at p95');
  });
});

describe('other objectives', () => {
  const quick = rented('quick', 'q', 8, [
    { users: 1, ratePerSecond: 20, latencyMs: 4 },
    { users: 4, ratePerSecond: 40, latencyMs: 16 },
  ]);
  const cheap = rented('cheap', 'c', 1, [
    { users: 1, ratePerSecond: 10, latencyMs: 8 },
    { users: 4, ratePerSecond: 30, latencyMs: 40 },
  ]);

  it('minimise latency at the load with the lowest', () => {
    const decision = decide([quick, cheap], { objective: 'minimize-latency' });
    expect(decision.choice).toMatchObject({ configuration: 'quick', latencyMs: 4 });
    expect(decision.sentence).toContain('against 8 ms of the runner-up cheap on c');
    expect(rejectionOf(decision, 'cheap')).toMatchObject({
      detail: '8 ms against 4 ms of the choice',
      wouldWinAt: null,
    });
  });

  it('balance how many times dearer with how many times slower', () => {
    // quick: 8/40 = 0.2 and 16 ms; cheap: 1/30 = 0.033 and 40 ms. √(6 · 1) = 2.45 against √(1 · 2.5) = 1.58.
    const decision = decide([quick, cheap], { objective: 'balanced' });
    expect(decision.choice?.configuration).toBe('cheap');
    expect(decision.sentence).toContain('1.55 × better balanced than the runner-up quick on q');
    expect(rejectionOf(decision, 'quick')?.detail).toBe(
      'balanced score 2.45 against 1.58 of the choice (1 is best in both)',
    );
  });

  it('balance rate and latency where nothing has a price', () => {
    const a = local('a', [{ ratePerSecond: 100, latencyMs: 40 }]);
    const b = local('b', [{ ratePerSecond: 60, latencyMs: 10 }]);
    expect(decide([a, b], { objective: 'balanced' }).choice?.configuration).toBe('b');
  });
});

describe('warnings', () => {
  it('name what is thin, uncertain or not measured', () => {
    const jumpy = local('a', [{ ratePerSecond: 50, latencyMs: 10, samples: 100 }]);
    const more = local('a', [
      { users: 4, ratePerSecond: 50, latencyMs: 10 },
      { users: 8, ratePerSecond: 70, latencyMs: 40, upperMs: 90 },
    ]);
    expect(decide([more]).warnings).toEqual([
      'the choice may carry 70/s: p95 40.1 ms at users-8 meets 50 ms, its upper 95 % limit of 90 ms does not: measure longer (load.duration)',
    ]);
    expect(decide([{ ...jumpy, origin: 'emulated' }]).warnings).toContain('the choice was emulated, not measured');
    expect(decide([jumpy]).warnings).toEqual([]);
    expect(decide([local('a', [{ ratePerSecond: 50, latencyMs: 45.1 }])]).warnings.join()).toContain(
      'only 9.8 % inside',
    );
    expect(decide([local('a', [{ ratePerSecond: 50, latencyMs: 44 }])]).warnings).toEqual([]);
  });
});
