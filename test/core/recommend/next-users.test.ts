/** Where the next step goes, told on servers whose capacity is known by arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import { capacityOf } from '../../../lib/core/recommend/capacity.ts';
import { nextConfirmation } from '../../../lib/core/recommend/next-confirmation.ts';
import { MOST_USERS, nextUsers } from '../../../lib/core/recommend/next-users.ts';
import { configurationOf, measurementOf, type StairSketch } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const of = (steps: readonly StairSketch[]) => measurementOf(configurationOf('a'), steps);
const next = (...steps: StairSketch[]) => nextUsers([of(steps)], slo);

/** A server that answers one request in `serviceMs` and `slots` of them at once: each further user waits its turn. */
const server = (serviceMs: number, slots: number) => (users: number) => {
  const latencyMs = serviceMs * Math.max(1, users / slots);
  return { users, latencyMs, ratePerSecond: (1000 * users) / latencyMs };
};

function refined(at: (users: number) => StairSketch, steps: number, limitMs = 50): StairSketch[] {
  const seen = [1, 4, 16].map(at);
  for (let i = 0; i < steps; i++) {
    const users = nextUsers([of(seen)], { ...slo, latencyMs: limitMs });
    if (users === null) break;
    seen.push(at(users));
    seen.sort((a, b) => a.users! - b.users!);
  }
  return seen;
}

describe('the next number of users', () => {
  it('lies where the limit falls between two steps', () => {
    // 20 to 60 ms over 12 users: 50 ms at 13 of them.
    expect(
      next({ users: 4, ratePerSecond: 200, latencyMs: 20 }, { users: 16, ratePerSecond: 266, latencyMs: 60 }),
    ).toBe(13);
  });

  it('is by confidence: a step whose upper limit is over is not kept', () => {
    expect(
      next(
        { users: 4, ratePerSecond: 200, latencyMs: 20 },
        { users: 16, ratePerSecond: 266, latencyMs: 45, upperMs: 60 },
      ),
    ).toBe(13);
  });

  it('is half way, in proportion, where nothing answers at the higher step', () => {
    const failing = { users: 16, ratePerSecond: 90, latencyMs: 20, failures: 500 };
    expect(next({ users: 4, ratePerSecond: 200, latencyMs: 20 }, failing)).toBe(8);
  });

  it('goes beyond the last step as long as the last ones paid', () => {
    const first = { users: 4, ratePerSecond: 200, latencyMs: 10 };
    expect(next(first, { users: 16, ratePerSecond: 400, latencyMs: 40 })).toBe(64);
    expect(next(first, { users: 16, ratePerSecond: 209, latencyMs: 40 }), 'saturated').toBeNull();
    expect(next({ users: MOST_USERS, ratePerSecond: 400, latencyMs: 40 }), 'enough').toBeNull();
  });

  it('goes below the first step where even that is too much', () => {
    expect(next({ users: 16, ratePerSecond: 200, latencyMs: 80 })).toBe(4);
    expect(next({ users: 1, ratePerSecond: 200, latencyMs: 80 })).toBeNull();
  });

  it('ends where nothing lies between, or nothing there is worth a step', () => {
    const low = { users: 4, ratePerSecond: 200, latencyMs: 20 };
    expect(next(low, { users: 5, ratePerSecond: 300, latencyMs: 60 })).toBeNull();
    expect(next(low, { users: 16, ratePerSecond: 203, latencyMs: 80 }), 'a full server').toBeNull();
    expect(next(low, { users: 16, ratePerSecond: 205, latencyMs: 80 })).not.toBeNull();
  });

  it('takes a miss below a load that keeps the objective for noise', () => {
    const steps = [
      { users: 1, ratePerSecond: 100, latencyMs: 70 },
      { users: 4, ratePerSecond: 200, latencyMs: 20 },
      { users: 16, ratePerSecond: 210, latencyMs: 30 },
    ];
    expect(next(...steps), 'saturated').toBe(64);
  });

  it('asks nothing of what is broken', () => {
    const broken = {
      ...of([{ users: 4, ratePerSecond: 200, latencyMs: 20 }]),
      validity: validityOf([{ code: 'server-died', detail: 'exit 1' }]),
    };
    expect(nextUsers([broken], slo)).toBeNull();
    expect(nextUsers([of([])], slo)).toBeNull();
  });

  it('gets nearer to the capacity than the first steps, and never past it', () => {
    const servers = fc.record({
      serviceMs: fc.integer({ min: 2, max: 60 }),
      slots: fc.integer({ min: 1, max: 40 }),
      limitMs: fc.integer({ min: 10, max: 200 }),
    });
    let [before, after, cases] = [0, 0, 0];
    fc.assert(
      fc.property(servers, ({ serviceMs, slots, limitMs }) => {
        const at = server(serviceMs, slots);
        const rate = (steps: readonly StairSketch[]) =>
          capacityOf([of(steps)], { ...slo, latencyMs: limitMs })?.ratePerSecond ?? 0;
        // The latency of so many users is the limit; the histogram's slot takes less than a per cent.
        const most = serviceMs > limitMs ? 0 : (1000 / serviceMs) * slots;
        const steps = refined(at, 4, limitMs);
        expect(new Set(steps.map((s) => s.users)).size).toBe(steps.length);
        const [first, last] = [rate(steps.filter((s) => [1, 4, 16].includes(s.users!))), rate(steps)];
        expect(last).toBeGreaterThanOrEqual(first);
        expect(last).toBeLessThanOrEqual(most * 1.001);
        if (most === 0 || slots > 64) return;
        cases++;
        if (first >= 0.95 * most) before++;
        if (last >= 0.95 * most) after++;
      }),
      { numRuns: 300 },
    );
    expect(cases).toBeGreaterThan(150);
    expect(after / cases).toBeGreaterThan(0.9);
    expect(after).toBeGreaterThan(1.3 * before);
  });
});

describe('the next load to confirm at', () => {
  const screened = of([
    { users: 1, ratePerSecond: 100, latencyMs: 10 },
    { users: 4, ratePerSecond: 200, latencyMs: 20 },
    { users: 9, ratePerSecond: 250, latencyMs: 45, upperMs: 55 },
    { users: 16, ratePerSecond: 260, latencyMs: 49 },
  ]);
  const confirm = (...steps: StairSketch[]) => nextConfirmation([screened], [of(steps)], slo);

  it('is the next lower one that was seen to hold', () => {
    expect(confirm({ users: 16, ratePerSecond: 260, latencyMs: 51 })).toBe('users-4');
    expect(confirm({ users: 16, ratePerSecond: 260, latencyMs: 49, upperMs: 52 })).toBe('users-4');
  });

  it('is none where one was confirmed, or none is left', () => {
    expect(confirm({ users: 16, ratePerSecond: 260, latencyMs: 49 })).toBeNull();
    expect(
      confirm({ users: 4, ratePerSecond: 200, latencyMs: 20 }, { users: 16, ratePerSecond: 260, latencyMs: 51 }),
    ).toBeNull();
    expect(confirm({ users: 1, ratePerSecond: 260, latencyMs: 51 })).toBeNull();
    expect(confirm()).toBeNull();
  });
});
