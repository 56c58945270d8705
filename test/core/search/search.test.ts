import { describe, expect, it } from 'vitest';
import { Session } from '../../../lib/core/search/propose.ts';
import type { SearchDevice, SearchSpace } from '../../../lib/core/search/space.ts';
import type { Observation, Trial } from '../../../lib/core/search/trial.ts';

/** Closed loop of `most` requests per second: more users wait longer. */
interface Machine {
  usdPerHour: number;
  most: number;
  baseMs: number;
  failsFrom?: number;
  /** Confirmations take so many times as long as screening showed. */
  confirmedAt?: number;
  confirmationFails?: boolean;
  /** Too few samples for an upper limit. */
  sparse?: boolean;
}

const slo = { percentile: 95, latencyMs: 100, maxErrorRate: 0.01 };
const users = [1, 2, 4, 8, 16, 32, 64];

function spaceOf(machines: Record<string, Machine>, o: Partial<SearchSpace> = {}): SearchSpace {
  const devices = Object.entries(machines).map(
    ([id, { usdPerHour }]): SearchDevice => ({
      id,
      usdPerHour,
      deploySeconds: 400,
      reloadSeconds: 40,
      configurations: [{ id: `${id}/only`, batching: null, users }],
    }),
  );
  return { slo, devices, trialSeconds: 60, ...o };
}

function run(space: SearchSpace, machines: Record<string, Machine>) {
  const session = new Session(space);
  const trials: Trial[] = [];
  while ('trials' in session.proposal) {
    expect(trials.length, 'it must end').toBeLessThan(500);
    trials.push(...session.proposal.trials);
    session.tell(session.proposal.trials.map((t) => answer(t, machines[t.device]!)));
  }
  return { trials, end: session.proposal.stop };
}

function answer({ id, load, purpose }: Trial, machine: Machine): Observation {
  const {
    most,
    baseMs,
    failsFrom = Number.POSITIVE_INFINITY,
    confirmedAt = 1,
    confirmationFails = false,
    sparse = false,
  } = machine;
  const n = load.kind === 'users' ? load.users : Number.NaN;
  const latencyMs = Math.max(baseMs, (1000 * n) / most) * (purpose === 'confirm' ? confirmedAt : 1);
  const failed = n >= failsFrom || (purpose === 'confirm' && confirmationFails);
  const ratePerSecond = (1000 * n) / latencyMs;
  return {
    trial: id,
    ratePerSecond,
    rateSpread: 0.01,
    latencyMs,
    latencyUpperMs: sparse ? null : latencyMs * 1.03,
    failed,
  };
}

describe('searchSpace', () => {
  const machines: Record<string, Machine> = {
    slow: { usdPerHour: 0.1, most: 50, baseMs: 30 },
    good: { usdPerHour: 0.3, most: 400, baseMs: 20 },
    dear: { usdPerHour: 3, most: 900, baseMs: 10 },
  };

  it('recommends the cheapest that is certified, from its confirmations', () => {
    const { trials, end } = run(spaceOf(machines), machines);
    expect(end).toMatchObject({
      reason: 'certified',
      pick: { configuration: 'good/only', load: { users: 8 }, ratePerSecond: 400 },
    });
    expect(end.pick!.latencyUpperMs).toBeLessThanOrEqual(slo.latencyMs);
    expect(end.usdPerMillion).toBeCloseTo(((0.3 / 3600) * 1e6) / 400, 6);
    const confirmations = trials.filter((t) => t.purpose === 'confirm' && t.configuration === 'good/only');
    expect(confirmations.length).toBeGreaterThanOrEqual(3);
  });

  it('loads a device to the end before it turns to the next, and comes back only to confirm', () => {
    const { trials } = run(spaceOf(machines), machines);
    const screens = trials.filter((t) => t.purpose !== 'confirm').map((t) => t.device);
    const changes = screens.filter((d, i) => d !== screens[i - 1]).length;
    expect(changes).toBe(3);
    expect(screens[0], 'the cheapest per hour first').toBe('slow');
  });

  it('drops what cannot win after a trial or two', () => {
    const { trials } = run(spaceOf(machines), machines);
    expect(trials.filter((t) => t.device === 'dear').length).toBeLessThanOrEqual(2);
  });

  it('never names a load that fails, whatever it would cost', () => {
    const failing = { ...machines, good: { ...machines['good']!, failsFrom: 8 } };
    const { trials, end } = run(spaceOf(failing), failing);
    expect(end.pick).toMatchObject({ configuration: 'good/only', load: { users: 4 } });
    const late = trials.filter((t) => t.purpose === 'confirm' && t.load.kind === 'users' && t.load.users >= 8);
    expect(late.filter((t) => t.device === 'good')).toEqual([]);
  });

  it('does not recommend what its confirmations do not bear out', () => {
    // 8 users take 95 ms in screening and 101 when it counts: within the spread, but not inside the objective.
    const late = { good: { usdPerHour: 0.3, most: 80, baseMs: 95, confirmedAt: 1.01 / 0.95 + 0.001 } };
    expect(run(spaceOf(late), late).end).toMatchObject({ pick: null, reason: 'infeasible' });
    const failing = { good: { usdPerHour: 0.3, most: 80, baseMs: 20, confirmationFails: true } };
    expect(run(spaceOf(failing), failing).end).toMatchObject({ pick: null, reason: 'infeasible' });
    const sparse = { good: { usdPerHour: 0.3, most: 80, baseMs: 20, sparse: true } };
    expect(run(spaceOf(sparse), sparse).end).toMatchObject({ pick: null, reason: 'infeasible' });
  });

  it('says so when nothing keeps the objective', () => {
    const hopeless = { slow: { usdPerHour: 1, most: 5, baseMs: 300 } };
    expect(run(spaceOf(hopeless), hopeless).end).toEqual({ pick: null, usdPerMillion: null, reason: 'infeasible' });
  });

  it('ends at its last trial with what it has', () => {
    const { trials, end } = run(spaceOf(machines, { maxTrials: 6 }), machines);
    expect(trials).toHaveLength(6);
    expect(end.reason).toBe('trials-exhausted');
  });

  it.each([
    [{ devices: [] }, 'the space is empty'],
    [{ slo: { ...slo, latencyMs: 0 } }, 'slo.latencyMs is 0'],
    [{ trialSeconds: 0 }, 'trialSeconds is 0'],
  ])('refuses %j', (o, message) => {
    expect(() => new Session(spaceOf(machines, o))).toThrow(message);
  });

  it('refuses devices it cannot rank and configurations it cannot load', () => {
    const free = { free: { usdPerHour: 0, most: 1, baseMs: 1 } };
    expect(() => new Session(spaceOf(free))).toThrow('device free costs 0 USD/h');
    const space = spaceOf(machines);
    const idle = { ...space.devices[0]!, configurations: [{ id: 'idle', batching: null, users: [] }] };
    expect(() => new Session({ ...space, devices: [idle] })).toThrow('configuration idle has neither');
    expect(() => new Session({ ...space, devices: [space.devices[0]!, space.devices[0]!] })).toThrow('listed twice');
  });
});

describe('a batch that does not fit', () => {
  /** One line of batches of 1 to 64; what is larger than `fits` fails. */
  const space = (sizes: readonly number[]): SearchSpace => ({
    slo,
    trialSeconds: 60,
    devices: [
      {
        id: 'd',
        usdPerHour: 1,
        deploySeconds: 400,
        reloadSeconds: 400,
        configurations: sizes.map((maxBatch) => ({
          id: `b${maxBatch}`,
          batching: { line: 'l', instances: 1, maxBatch, delayMs: 0 },
          users: [],
        })),
      },
    ],
  });
  const asked = (fits: number) => {
    const session = new Session(space([1, 2, 4, 8, 16, 32, 64]));
    const timed: string[] = [];
    for (let i = 0; i < 9 && 'trials' in session.proposal; i++) {
      const [trial] = session.proposal.trials as [Trial];
      if (trial.purpose !== 'time') break;
      timed.push(trial.configuration);
      const size = Number(trial.configuration.slice(1));
      const failed = size > fits;
      const ratePerSecond = failed ? 0 : (1000 * size) / (2 + size);
      session.tell([
        { trial: trial.id, ratePerSecond, rateSpread: 0.01, latencyMs: null, latencyUpperMs: null, failed },
      ]);
    }
    return { timed, proposal: session.proposal };
  };

  it('says nothing against smaller ones: they are timed, in steps of four', () => {
    expect(asked(64).timed.slice(0, 2)).toEqual(['b64', 'b4']);
    expect(asked(20).timed.slice(0, 2)).toEqual(['b64', 'b16']);
    expect(asked(20).proposal).toMatchObject({ trials: [{ purpose: 'screen' }] });
  });

  it('ends the device when not even the smallest does', () => {
    expect(asked(0).timed).toEqual(['b64', 'b16', 'b4', 'b1']);
    expect(asked(0).proposal).toMatchObject({ stop: { pick: null, reason: 'infeasible' } });
  });
});
