/**
 * Real servers that answer wrongly, die, fail now and then, are too fast to be seen, far away, or not alone with their answers:
 * none of them may ever win.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { validityOf } from '../../lib/core/measure/validity.ts';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { misbehavingTarget } from '../support/misbehaving-target.ts';
import { emulatedPlan } from '../support/plans.ts';
import { realSweep } from '../support/real-sweep.ts';

const invalid = ['wrong', 'wrong-under-load', 'dies', 'leaks', 'errors', 'instant'];
const degraded = ['cached', 'limited', 'far'];
/** `compiles` does so for each shape that it meets, which is no cache of answers. */
const modes = ['good', 'compiles', ...invalid, ...degraded];

/** Of three lengths, so that each has a partner. */
const inputs = Array.from({ length: 6 }, (_, i) => {
  const data = Array.from({ length: 4 + (i % 3) }, (_, k) => i + k / 10);
  return { id: String(i), inputs: [{ name: 'x', datatype: 'FP32', shape: [1, data.length], data }] };
});
const golden = inputs.map(({ id }, i) => ({
  id,
  outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [i] }],
}));
const folder = mkdtempSync(join(tmpdir(), 'misbehaving-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let records: Measurement[];
let decision: Recommendation;

const of = (mode: string) => records.filter((m) => m.configuration.name === mode);
/** On a host that others use as well the generator may be late, whatever it loads. */
const notOfTheHost = (mode: string) => of(mode)[0]!.validity.reasons.filter((r) => !r.code.startsWith('client-'));
const codes = (mode: string) => of(mode).flatMap((m) => m.validity.reasons.map((r) => r.code));

beforeAll(async () => {
  const plan = emulatedPlan({
    slo: { percentile: 95, latencyMs: 100 },
    runtimes: modes.map((name) => ({ name, emulated: {} })),
    load: { protocol: 'capacity', users: [1, 8], window: '2s', rounds: 2, confirm: { finalists: 2, rounds: 3 } },
  });
  records = await realSweep(plan, folder, misbehavingTarget, { 'inputs.jsonl': inputs, 'golden.jsonl': golden });
  const { slo, demand, objective } = plan;
  decision = recommend({ experiment: 'misbehaving', slo, demand, objective, measurements: records });
}, 400_000);

describe('a real server that', () => {
  it('is sound is valid and wins', () => {
    expect(of('good').map((m) => m.validity)).toEqual(of('good').map(() => ({ status: 'valid', reasons: [] })));
    expect(decision.choice?.configuration).toBe('good');
    expect(decision.ties).toEqual([]);
  });

  it('compiles for each shape is as sound', () => {
    expect(notOfTheHost('compiles')).toEqual([]);
  });

  it.each([
    ['answers wrongly', 'wrong', 'wrong-output'],
    ['answers wrongly once it is loaded', 'wrong-under-load', 'wrong-output'],
    ['dies under load', 'dies', 'server-died'],
    ['dies for want of memory', 'leaks', 'oom'],
    ['fails 0.4 % of its requests', 'errors', 'error-rate'],
    ['is faster than the client can observe', 'instant', 'client-bound'],
  ])('%s is invalid for that reason', (_what, mode, code) => {
    expect(of(mode)[0]!.validity.status).toBe('invalid');
    expect(codes(mode)).toContain(code);
    expect(decision.rejected.find((r) => r.configuration === mode)).toMatchObject({
      reason: 'validity',
      wouldWinAt: null,
    });
  });

  it.each([
    ['answers out of a cache', 'cached', 'cache-hit', 'sent again'],
    ['stands behind a limit on the rate of requests', 'limited', 'throttled', 'refused for their rate'],
    ['stands at the far end of a tunnel', 'far', 'wan', 'a round trip to the server takes'],
  ])('%s is degraded for that reason', (_what, mode, code, words) => {
    const reasons = notOfTheHost(mode);
    expect(reasons).toEqual([{ code, detail: expect.stringContaining(words) }]);
    expect(validityOf(reasons).status).toBe('degraded');
    expect(decision.rejected.find((r) => r.configuration === mode)).toMatchObject({ reason: 'validity' });
  });

  it('was stopped at the golden check got no load at all', () => {
    expect(of('wrong')[0]!.stairs).toEqual([]);
  });
});
