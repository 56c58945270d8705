import { describe, expect, it } from 'vitest';
import { buildMeasurement, type MeasurementInput } from '../../../lib/core/measure/measure.ts';
import { measurementSchema } from '../../../lib/core/measure/measurement.ts';
import { configurationOf, countersOf, flat, segmentOf } from '../../support/measurements.ts';

const price = { usdPerHour: 0.5, source: 'test', region: 'us-east-1', date: '2026-11-20' };

function input(o: Partial<MeasurementInput> = {}): MeasurementInput {
  return {
    plan: {
      slo: { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 },
      itemsPerRequest: 2,
      region: 'us-east-1',
      load: {
        stairs: [
          { id: 'users-1', shape: { kind: 'closed', users: 1 } },
          { id: 'users-4', shape: { kind: 'closed', users: 4 } },
        ],
        rounds: 2,
        windowSeconds: 2,
        dropSeconds: 0.5,
        repeats: 1,
        confirmation: null,
        timeoutMs: 1000,
        maxConnections: 4,
        seed: 1,
      },
    },
    deployment: {
      id: 'd',
      configuration: configurationOf('x'),
      preparation: null,
      group: 'g',
      usdPerHour: null,
      priceNote: 'a laptop has no price',
      priceSource: null,
      purchase: null,
    },
    trial: { id: 't', deployment: 'd', repeat: 2, purpose: 'confirm', secondsExpected: 1 },
    segments: [
      segmentOf({ id: '2/0/users-4/d' }),
      segmentOf({ id: '2/0/users-1/d' }),
      segmentOf({ id: '2/1/users-4/d' }),
    ],
    ready: { state: 'ready', reason: null, startupSeconds: 2.5 },
    prepare: { seconds: 7, cached: true },
    price: null,
    startedAt: '2026-11-20T10:00:00Z',
    versions: { kit: '1' },
    findings: [],
    ...o,
  };
}

describe('buildMeasurement', () => {
  it('makes one valid document, stairs in the order of the plan', () => {
    const m = buildMeasurement(input());
    expect(measurementSchema.parse(m)).toEqual(m);
    expect(m.stairs.map((s) => [s.id, s.windows])).toEqual([
      ['users-1', 1],
      ['users-4', 2],
    ]);
    expect(m).toMatchObject({
      trial: 't',
      purpose: 'confirm',
      repeat: 2,
      origin: 'measured',
      region: 'us-east-1',
      itemsPerRequest: 2,
      scalar: null,
      startup: { readySeconds: 2.5, prepareSeconds: 7, prepareCached: true },
      price: null,
      priceNote: 'a laptop has no price',
      validity: { status: 'valid', reasons: [] },
      versions: { kit: '1' },
    });
  });

  it('counts golden checks of all segments, and takes no stair from a one-by-one pass', () => {
    const once = segmentOf({
      id: '2/0/golden/d',
      shape: { kind: 'once' },
      golden: { checked: 8, wrong: 1, firstMismatch: 'output y is missing' },
    });
    const later = segmentOf({ id: '2/0/users-4/d', golden: { checked: 3, wrong: 1, firstMismatch: 'other' } });
    const m = buildMeasurement(input({ segments: [segmentOf({ id: '2/0/users-1/d' }), once, later] }));
    expect(m.golden).toEqual({ checked: 11, wrong: 2, firstMismatch: 'output y is missing' });
    expect(m.stairs).toHaveLength(2);
    expect(m.validity.status).toBe('invalid');
    expect(m.validity.reasons.map((r) => r.code)).toEqual(['wrong-output']);
  });

  it('keeps a price and has no note beside it', () => {
    expect(buildMeasurement(input({ price }))).toMatchObject({ price, priceNote: null });
    const bare = { ...input().deployment, priceNote: null };
    expect(buildMeasurement(input({ deployment: bare })).priceNote).toBe('no price is known');
  });

  it('marks an emulated runtime', () => {
    const deployment = { ...input().deployment, configuration: configurationOf('x', { runtime: 'emulated' }) };
    expect(buildMeasurement(input({ deployment })).origin).toBe('emulated');
  });

  it('says what the engine saw first, and nothing twice', () => {
    const findings = [{ code: 'server-died' as const, detail: 'exit 137' }];
    const segments = [segmentOf({ id: '2/0/users-1/d', aborted: 'server-died' })];
    expect(buildMeasurement(input({ findings, segments })).validity).toEqual({ status: 'invalid', reasons: findings });
  });

  it.each([
    ['without a reason was interrupted', {}, 'interrupted'],
    ['was never ready', { ready: { state: 'failed' as const, reason: 'boom', startupSeconds: null } }, 'unhealthy'],
    ['has a reason', { findings: [{ code: 'oom' as const, detail: 'killed' }] }, 'oom'],
  ])('a trial without load that %s', (_, o, code) => {
    const m = buildMeasurement(input({ segments: [], prepare: null, ...o }));
    expect(m.validity.reasons.map((r) => r.code)).toEqual([code]);
    expect(m.stairs).toEqual([]);
    expect(m.startup).toMatchObject({ prepareSeconds: null, prepareCached: null });
    expect(m.golden).toEqual({ checked: 0, wrong: 0, firstMismatch: null });
  });

  it('knows the cores of a local server and of no other', () => {
    const server = { before: countersOf(), after: countersOf({ cpuSeconds: 1.9 }) };
    const client = { cpuSeconds: 1.45, utilisation: 0.97, eventLoopLagMs: { p99: 1, max: 1 }, runQueueWaitSeconds: 0 };
    const segments = [segmentOf({ id: '2/0/users-4/d', client, server })];
    const on = (target: 'local' | 'sagemaker', instanceType: string) =>
      buildMeasurement(
        input({
          segments,
          deployment: { ...input().deployment, configuration: configurationOf('x', { target, instanceType }) },
        }),
      ).validity.status;
    expect(on('local', 'local-1c')).toBe('valid');
    expect(on('local', 'local-2c')).toBe('invalid');
    expect(on('sagemaker', 'local-1c')).toBe('invalid');
  });

  it('has no place for a segment that the plan does not know', () => {
    expect(() =>
      buildMeasurement(input({ segments: [segmentOf({ id: '2/0/users-9/d', latency: flat(1, 1) })] })),
    ).toThrow(RangeError);
  });

  it('never asked for readiness: null', () =>
    expect(buildMeasurement(input({ ready: null })).startup.readySeconds).toBeNull());
});
