import { describe, expect, it } from 'vitest';
import { CONTROLLER_END_SECONDS, controllerTtlSeconds } from '../../lib/core/plan/controller-life.ts';
import { parseRfc3339 } from '../../lib/core/plan/rfc3339.ts';
import { tagKeys } from '../../lib/core/plan/tags.ts';
import { taskUsdAtMost } from '../../lib/core/plan/task-cost.ts';
import type { ListedResource } from '../../lib/core/ports/target.ts';
import type { ControllerSeat } from '../../lib/core/workflow/controller-seat.ts';
import { type ControllerHost, Refused, startController, withoutItself } from '../../lib/engine/controller.ts';
import type { EnginePorts, Holder } from '../../lib/engine/ports.ts';
import { cloudPlan } from '../support/aws/cloud-plan.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';

const plan = cloudPlan();
const start = { plan, planSha256: 'abc' };
const START_MS = Date.parse('2026-01-31T12:00:00Z');

/** Ports of which a controller's start and end touch all, with everything that happens in one log. */
function world(o: { budgetUsd?: number; immortal?: string[]; capacity?: string } = {}) {
  const log: string[] = [];
  const alive = new Set<string>();
  let nowMs = START_MS;
  const ledger = new MemoryLedger(o.budgetUsd ?? null);
  const holder: Holder = {
    list: async () => [...alive].map((name) => ({ kind: 'task', id: name, name, endCommand: '' }) as ListedResource),
    destroy: async (name) => {
      log.push(`destroy ${name}`);
      if (!o.immortal?.includes(name)) alive.delete(name);
    },
  };
  const ports = {
    runId: 'r',
    targets: {},
    holders: [holder],
    ledger,
    deadlines: {
      arm: async ({ name, expiresAt }) => void log.push(`arm ${name} ${expiresAt}`),
      disarm: async (name) => void log.push(`disarm ${name}`),
    },
    clock: { nowMs: () => nowMs, nowIso: () => '' },
    stop: { read: async () => null },
  } as Partial<EnginePorts> as EnginePorts;
  const seats: ControllerSeat[] = [];
  const host: ControllerHost & { before: { name: string; usd: number | null } | null } = {
    before: null,
    usdPerHour: 0.04,
    previous: async () => host.before,
    start: async (seat) => {
      log.push(`start ${seat.name}`);
      seats.push(seat);
      return o.capacity === undefined ? null : { capacity: o.capacity };
    },
  };
  const wait = async (seconds: number) => {
    nowMs += seconds * 1000;
  };
  return { log, alive, ledger, ports, host, seats, wait, pass: (seconds: number) => wait(seconds) };
}

describe('a controller that is started', () => {
  it('is held for all its life and armed before it is, and bears a run’s tags', async () => {
    const w = world();
    expect(await startController(w.ports, { ...start, host: w.host, number: 7 }, w.wait)).toEqual({
      alive: [],
      unlisted: [],
    });
    const [seat] = w.seats;
    const ttl = controllerTtlSeconds(plan);
    expect(seat).toMatchObject({ planSha256: 'abc', number: 7, usdPerHour: 0.04, askedAtMs: START_MS });
    expect(parseRfc3339(seat!.expiresAt)).toBe(START_MS + ttl * 1000);
    expect(seat!.tags).toMatchObject({ [tagKeys.run]: 'r', [tagKeys.expiresAt]: seat!.expiresAt });
    expect(w.ledger.holds.get(seat!.name)).toBeCloseTo(taskUsdAtMost(0.04, ttl), 9);
    expect(w.log).toEqual([`arm ${seat!.name} ${seat!.expiresAt}`, `start ${seat!.name}`]);
  });

  it('has another name than the one before it', async () => {
    const w = world();
    for (const number of [1, 2]) await startController(w.ports, { ...start, host: w.host, number }, w.wait);
    expect(new Set(w.seats.map(({ name }) => name)).size).toBe(2);
  });

  it('comes after the end of everything that is left, which is paid for: the one before for what ECS says, the rest whole', async () => {
    const w = world();
    w.alive.add('endpoint');
    await w.ledger.reserve({ name: 'endpoint', usd: 3 });
    await w.ledger.reserve({ name: 'controller-1', usd: 1 });
    w.host.before = { name: 'controller-1', usd: 0.25 };
    await startController(w.ports, { ...start, host: w.host, number: 2 }, w.wait);
    expect(w.log[0]).toBe('destroy endpoint');
    expect([...w.ledger.holds.keys()]).toEqual([w.seats[0]!.name]);
    expect((await w.ledger.balance()).spentUsd).toBeCloseTo(3.25, 9);
  });

  it('leaves held what would not go, and says so', async () => {
    const w = world({ immortal: ['endpoint'] });
    w.alive.add('endpoint');
    await w.ledger.reserve({ name: 'endpoint', usd: 3 });
    const remains = await startController(w.ports, { ...start, host: w.host, number: 2 }, w.wait);
    expect(remains.alive.map(({ name }) => name)).toEqual(['endpoint']);
    expect(w.ledger.holds.get('endpoint')).toBe(3);
    expect(w.seats).toHaveLength(1);
  });

  it('is not, where the budget has no room for it', async () => {
    const w = world({ budgetUsd: 0.001 });
    await expect(startController(w.ports, { ...start, host: w.host, number: 1 }, w.wait)).rejects.toThrow(Refused);
    expect(w.log).toEqual([]);
  });

  it('is paid nothing where there was no capacity for it', async () => {
    const w = world({ capacity: 'full' });
    await expect(startController(w.ports, { ...start, host: w.host, number: 1 }, w.wait)).rejects.toThrow(/full/);
    expect(w.log.at(-1)).toBe(`disarm ${w.seats[0]!.name}`);
    expect(await w.ledger.balance()).toMatchObject({ reservedUsd: 0, spentUsd: 0 });
  });
});

describe('a controller, of itself', () => {
  async function inside() {
    const w = world();
    await startController(w.ports, { ...start, host: w.host, number: 1 }, w.wait);
    return { ...w, seat: w.seats[0]!, own: withoutItself(w.ports, w.seats[0]!) };
  }

  it('lists neither itself nor its deadline, and whatever else there is', async () => {
    const { alive, own, seat } = await inside();
    for (const name of [seat.name, 'endpoint']) alive.add(name);
    expect((await own.holders[0]!.list('r')).map(({ name }) => name)).toEqual(['endpoint']);
  });

  it('is paid for what it has lived and its end, when all that is left is settled', async () => {
    const { ledger, own, pass } = await inside();
    await ledger.reserve({ name: 'endpoint', usd: 3 });
    await pass(1800);
    await own.ledger.settleRest();
    expect(await ledger.balance()).toMatchObject({ reservedUsd: 0 });
    expect((await ledger.balance()).spentUsd).toBeCloseTo(3 + (0.04 * (1800 + 120)) / 3600, 9);
  });

  it('is told to stop so long before its deadline that an orderly end fits', async () => {
    const { own, pass } = await inside();
    const working = controllerTtlSeconds(plan) - CONTROLLER_END_SECONDS;
    await pass(working - 1);
    expect(await own.stop.read()).toBeNull();
    await pass(1);
    expect(await own.stop.read()).toBe('deadline');
  });

  it('hears whoever asks it to stop before that', async () => {
    const { ports, seat } = await inside();
    const asked = withoutItself({ ...ports, stop: { read: async () => 'interrupt' } }, seat);
    expect(await asked.stop.read()).toBe('interrupt');
  });
});

describe('its time to live', () => {
  it('is twice the expected time, one start that hangs, and its end', () => {
    // SageMaker may hang in creation for an hour.
    expect(controllerTtlSeconds(plan)).toBe(2 * plan.estimate.secondsExpected + 3600 + CONTROLLER_END_SECONDS);
  });

  it('ends with the hours of the experiment', () => {
    const short = { ...plan, budget: { ...plan.budget, hours: 0.5 } };
    expect(controllerTtlSeconds(short)).toBe(1800 + CONTROLLER_END_SECONDS);
    expect(controllerTtlSeconds({ ...plan, budget: { ...plan.budget, hours: 1000 } })).toBe(controllerTtlSeconds(plan));
  });
});
