/** A job's traffic and the experiment's load that does the same: what goes over comes back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  finalUsers,
  peakUsers,
  type StoppingConditions,
  type TrafficPattern,
  trafficSeconds,
} from '../../../lib/core/bridge/job.ts';
import { shapeOf, shapeTraffic } from '../../../lib/core/bridge/load-shape.ts';
import { plannedTraffic } from '../../../lib/core/bridge/planned-traffic.ts';
import { replayOf, stoppingOf, trafficOf } from '../../../lib/core/bridge/traffic.ts';
import type { LoadPlan } from '../../../lib/core/plan/load-plan.ts';
import { loadSchema } from '../../../lib/core/spec/load-spec.ts';
import { resolveLoad } from '../../../lib/core/spec/resolve-load.ts';

const phase = fc.record({
  InitialNumberOfUsers: fc.integer({ min: 1, max: 3 }),
  SpawnRate: fc.integer({ min: 0, max: 3 }),
  DurationInSeconds: fc.integer({ min: 120, max: 3600 }),
});
const phases: fc.Arbitrary<TrafficPattern> = fc
  .array(phase, { minLength: 1, maxLength: 4 })
  .map((Phases) => ({ TrafficType: 'PHASES' as const, Phases }));
// One step is one phase that adds nobody: the same traffic, which comes back by that name.
const stairs: fc.Arbitrary<TrafficPattern> = fc
  .record({
    DurationInSeconds: fc.integer({ min: 120, max: 3600 }),
    NumberOfSteps: fc.integer({ min: 2, max: 40 }),
    UsersPerStep: fc.integer({ min: 1, max: 3 }),
  })
  .map((Stairs) => ({ TrafficType: 'STAIRS' as const, Stairs }));
const stopping: fc.Arbitrary<StoppingConditions> = fc.record(
  {
    MaxInvocations: fc.integer({ min: 1, max: 30_000 }),
    ModelLatencyThresholds: fc
      .record({
        Percentile: fc.constantFrom('P95' as const, 'P99' as const),
        ValueInMilliseconds: fc.integer({ min: 1, max: 60_000 }),
      })
      .map((t) => [t]),
    FlatInvocations: fc.constantFrom('Stop' as const, 'Continue' as const),
  },
  { requiredKeys: ['FlatInvocations'] },
);

describe('any traffic that a job may have', () => {
  it('comes back from the load that replays it, stopping conditions too', () => {
    fc.assert(
      fc.property(fc.oneof(phases, stairs), stopping, (traffic, conditions) => {
        const replay = replayOf(traffic, conditions);
        expect(trafficOf(replay.load)).toEqual({ ok: true, traffic });
        expect(stoppingOf(replay)).toEqual(conditions);
      }),
      { numRuns: 500 },
    );
  });

  it('comes back from the shape of one load job', () => {
    fc.assert(
      fc.property(fc.oneof(phases, stairs), (traffic) => {
        expect(shapeTraffic(shapeOf(traffic))).toEqual({ ok: true, traffic });
      }),
      { numRuns: 500 },
    );
  });

  it('is planned by the kit with as many users, as long, as the job has', () => {
    // One ramp in whole minutes, as this release plans it, or stairs of any length.
    const whole = phase.map((p) => ({ ...p, DurationInSeconds: 60 * Math.ceil(p.DurationInSeconds / 60) }));
    const one = whole.map((p): TrafficPattern => ({ TrafficType: 'PHASES', Phases: [p] }));
    fc.assert(
      fc.property(fc.oneof(one, stairs), (traffic) => {
        const { load } = replayOf(traffic, {});
        const resolved = resolveLoad(loadSchema.parse(load), { repeats: 1, sloLatencyMs: 500 });
        expect(resolved).toMatchObject({ ok: true });
        if (!resolved.ok) return;
        const users = resolved.load.stairs.map(({ shape }) => (shape.kind === 'closed' ? shape.users : Number.NaN));
        expect(users.length * resolved.load.windowSeconds).toBeCloseTo(trafficSeconds(traffic), 3);
        if (traffic.TrafficType === 'STAIRS') expect(users.at(-1)).toBe(peakUsers(traffic));
        else expect(users.at(-1)).toBe(finalUsers(traffic.Phases[0]!) - traffic.Phases[0]!.SpawnRate);
        const again = plannedTraffic(resolved.load);
        expect(again).toMatchObject({ ok: true });
        if (again.ok) expect(trafficSeconds(again.traffic)).toBe(trafficSeconds(traffic));
      }),
      { numRuns: 300 },
    );
  });
});

describe('source 002', () => {
  const traffic: TrafficPattern = {
    TrafficType: 'PHASES',
    Phases: [{ InitialNumberOfUsers: 2, SpawnRate: 2, DurationInSeconds: 1500 }],
  };

  it('is the load of its example, letter by letter', () => {
    const conditions: StoppingConditions = {
      MaxInvocations: 30_000,
      ModelLatencyThresholds: [{ Percentile: 'P95', ValueInMilliseconds: 500 }],
    };
    expect(replayOf(traffic, conditions)).toEqual({
      load: { protocol: 'phases', phases: [{ initialUsers: 2, spawnRate: 2, every: '1m', duration: '1500s' }] },
      slo: { percentile: 95, latencyMs: 500 },
      requestsPerMinute: 30_000,
      stopWhenFlat: true,
    });
    expect(peakUsers(traffic)).toBe(52);
  });
});

describe('a phase that adds nobody, and stairs', () => {
  it('are a closed loop, and its steps', () => {
    const flat: TrafficPattern = {
      TrafficType: 'PHASES',
      Phases: [{ InitialNumberOfUsers: 3, SpawnRate: 0, DurationInSeconds: 300 }],
    };
    expect(replayOf(flat, { FlatInvocations: 'Continue' })).toMatchObject({
      load: { protocol: 'closed', users: 3, duration: '300s', warmup: '0s' },
      slo: null,
      requestsPerMinute: null,
      stopWhenFlat: false,
    });
    const five: TrafficPattern = {
      TrafficType: 'STAIRS',
      Stairs: { DurationInSeconds: 600, NumberOfSteps: 5, UsersPerStep: 2 },
    };
    expect(replayOf(five, {}).load).toEqual({
      protocol: 'stairs',
      users: [2, 4, 6, 8, 10],
      duration: '120s',
      warmup: '0s',
    });
  });
});

describe('a shape of a load job', () => {
  const shape = shapeOf({
    TrafficType: 'STAIRS',
    Stairs: { DurationInSeconds: 600, NumberOfSteps: 5, UsersPerStep: 2 },
  });
  const plan = (o: object = {}) =>
    ({ stairs: [{ id: 's', shape }], windowSeconds: 600, dropSeconds: 0, rounds: 1, ...o }) as unknown as LoadPlan;

  it('has the job’s steps', () => {
    expect(shape).toEqual({ kind: 'stairs', usersPerStep: 2, steps: 5, stepSeconds: 120 });
  });

  it('that a plan holds is the job’s traffic, unless a head of it is dropped', () => {
    expect(plannedTraffic(plan())).toEqual(shapeTraffic(shape));
    expect(plannedTraffic(plan({ dropSeconds: 1 }))).toMatchObject({ ok: false });
    expect(plannedTraffic(plan({ rounds: 2 }))).toMatchObject({ ok: false });
  });

  it('that adds users every half minute is no job’s', () => {
    const phases = [{ initialUsers: 1, spawnRate: 1, everySeconds: 30, seconds: 300 }];
    expect(shapeTraffic({ kind: 'phases', phases })).toEqual({
      ok: false,
      why: expect.stringContaining('set every to 1m, not 30s'),
    });
  });
});

describe('a load that no job can do', () => {
  it.each<[string, Parameters<typeof trafficOf>[0], string]>([
    ['capacity', {}, 'protocol capacity has no counterpart'],
    ['a rate', { protocol: 'poisson', rate: 5 }, 'drives waiting users only'],
    ['uneven stairs', { protocol: 'stairs', users: [1, 4, 16], duration: '60s' }, 'not 1, 4, 16'],
    ['no length', { protocol: 'closed', users: 2 }, 'needs a duration'],
    ['a warm-up', { protocol: 'closed', users: 2, duration: '60s', warmup: '5s' }, 'has no warm-up'],
    [
      'another minute',
      { protocol: 'phases', phases: [{ initialUsers: 1, spawnRate: 1, every: '30s', duration: '300s' }] },
      'set every to 1m, not 30s',
    ],
    ['no phase', { protocol: 'phases' }, 'needs phases'],
  ])('says so: %s', (_, load, why) => {
    expect(trafficOf(load)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });

  it.each([
    [{ protocol: 'constant' as const, rate: 5 }, 'this load sends at a rate'],
    [{ protocol: 'capacity' as const }, '3 rounds and drops 0.5 s'],
  ])('says so of a plan', (load, why) => {
    const resolved = resolveLoad(loadSchema.parse(load), { repeats: 1, sloLatencyMs: 500 });
    if (!resolved.ok) throw new Error('unreachable');
    expect(plannedTraffic(resolved.load)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });
});
