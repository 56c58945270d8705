/**
 * The simulator against a real fleet: processes with sleeping service times behind a balancer, scaled by the same policy in
 * compressed time. The simulator knows the arrivals, one instance measured alone, and the assumptions; of the fleet's start
 * times and alarm phases only the distribution.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spread } from '../../lib/core/scale/replays.ts';
import { type Calibration, calibrate } from '../support/live-calibration.ts';
import { liveCases, liveInput, SLO_MS, simulated } from '../support/live-cases.ts';
import { LiveFleet, type LiveResult } from '../support/live-fleet.ts';

const seed = Number(process.env['INFERSWEEP_LIVE_SEED'] ?? 1);
const SEEDS = 200;
/** Above it the client itself is late: such a run says nothing about fleets. */
const MOST_LATE_SENDS = 0.03;

const fleets: LiveFleet[] = [];
const cases = liveCases();
let calibration: Calibration;
let live: LiveResult[];

beforeAll(async () => {
  calibration = await calibrate(liveInput(seed), 6, SLO_MS);
  live = await Promise.all(
    cases.map(async ({ arrivals, endS }, i) => {
      const fleet = new LiveFleet(liveInput(seed * 10 + i));
      fleets.push(fleet);
      await fleet.open();
      return fleet.replay(arrivals, endS, SLO_MS);
    }),
  );
}, 240_000);
afterAll(() => Promise.all(fleets.map((f) => f.close())));

const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);

describe('a simulated fleet', () => {
  it('is held against at least ten real scale-outs', () => {
    expect(live.flatMap((r) => r.activities).filter((a) => a.direction === 'out').length).toBeGreaterThanOrEqual(10);
  });

  it.for(['request', 'flow'] as const)('by %s, costs and misses what the real one does', (plane, { skip }) => {
    const runs = Array.from({ length: SEEDS }, (_, s) =>
      cases.map((_, i) => simulated(i, plane, calibration, 1000 + s * cases.length + i)),
    );
    const requests = sum(live.map((r) => r.requests));
    const real = { seconds: sum(live.map((r) => r.instanceSeconds)), misses: sum(live.map((r) => r.late)) / requests };
    const seconds = spread(runs.map((all) => sum(all.map((r) => r.instanceSeconds))));
    const misses = spread(runs.map((all) => sum(all.map((r) => r.late)) / requests));
    const each = cases.map(({ name }, i) => ({
      name,
      secondsRatio: live[i]!.instanceSeconds / spread(runs.map((all) => all[i]!.instanceSeconds)).p50,
      real: { seconds: live[i]!.instanceSeconds, misses: live[i]!.missShare },
      seconds: spread(runs.map((all) => all[i]!.instanceSeconds)),
      misses: spread(runs.map((all) => all[i]!.missShare)),
    }));
    const lateSends = Math.max(...live.map((r) => r.lateSendShare));
    const latestStartS = Math.max(...live.map((r) => r.latestStartS));
    const facts = { plane, real, seconds, misses, each, lateSends, latestStartS, calibration };
    process.stdout.write(`simulated and real: ${JSON.stringify(facts)}\n`);
    if (lateSends > MOST_LATE_SENDS)
      return skip(`${(100 * lateSends).toFixed(1)} % of the requests left late: this machine is too busy`);
    expect(Math.abs(real.seconds / seconds.p50 - 1)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(real.misses - misses.p50)).toBeLessThanOrEqual(Math.max(0.1 * misses.p50, 0.005));
  });
});
