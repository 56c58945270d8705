/** What the life cycle does about money and time limits, on a target that is billed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { holdUsd } from '../../lib/core/plan/hold.ts';
import { tagKeys } from '../../lib/core/plan/tags.ts';
import type { Deadlines } from '../../lib/core/ports/deadlines.ts';
import type { Target } from '../../lib/core/ports/target.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld, type Faults } from '../support/fake-world.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { emulatedPlan } from '../support/plans.ts';

function billedPlan(usdPerHour = 1) {
  return emulatedPlan({
    aws: { region: 'us-east-1' },
    targets: [{ sagemaker: { instanceTypes: ['ml.c7i.xlarge'] } }],
    runtimes: [{ emulated: { fixedMs: [1, 2], perItemMs: 1 } }],
    load: { protocol: 'capacity', users: [1], rounds: 1, confirm: { finalists: 1, rounds: 1 } },
    prices: [{ instanceType: 'ml.c7i.xlarge', usdPerHour, source: 'a test', date: '2026-11-01' }],
  });
}

let log: string[];
let ledger: MemoryLedger;
let seconds: number;

beforeEach(() => {
  log = [];
  seconds = 0;
});

interface Change {
  target?: (own: Target) => Partial<Target>;
  deadlines?: Partial<Deadlines>;
  budgetUsd?: number | null;
  faults?: Faults;
  generator?: (own: EnginePorts['generator']) => Partial<EnginePorts['generator']>;
  ports?: Partial<EnginePorts>;
}

async function sweep({
  target = () => ({}),
  deadlines = {},
  budgetUsd = null,
  faults = {},
  generator = () => ({}),
  ports = {},
}: Change = {}) {
  const world = new FakeWorld(billedPlan(), faults);
  const own = world.ports();
  ledger = new MemoryLedger(budgetUsd);
  const sagemaker: Target = { ...own.targets.local!, ...target(own.targets.local!) };
  const clock = { nowMs: () => seconds * 1000, nowIso: () => '2026-01-01T00:00:00Z' };
  const billed: EnginePorts = {
    ...own,
    clock,
    ledger,
    generator: { ...own.generator, ...generator(own.generator) },
    targets: {
      sagemaker: {
        ...sagemaker,
        async deploy(request) {
          log.push(`deploy ${request.name}`);
          expect(ledger.holds.has(request.name), 'held before it exists').toBe(true);
          return sagemaker
            .deploy(request)
            .then((a) => (a.state === 'accepted' ? { ...a, acceptedAtMs: seconds * 1000 } : a));
        },
      },
    },
    deadlines: {
      arm: async ({ name, tags, expiresAt }) => {
        expect(tags[tagKeys.expiresAt]).toBe(expiresAt);
        log.push(`arm ${name}`);
      },
      disarm: async (name) => void log.push(`disarm ${name}`),
      ...deadlines,
    },
    ...ports,
  };
  const wait = async (s: number) => {
    seconds += s;
  };
  const registry = workflows(billed);
  const root = JournalWorkflow.root(new MemoryJournal(), 'run-1/e1', registry, wait);
  const end = await runSweep(billed, () => registry['sweep']!(root, null), wait);
  return { world, end };
}

const names = (what: string) => log.filter((line) => line.startsWith(`${what} `)).map((line) => line.split(' ')[1]!);

describe('money of a billed deployment', () => {
  it('is held, and its deadline armed, before it exists; settled and disarmed once it is gone', async () => {
    const { end, world } = await sweep();
    expect(end).toMatchObject({ state: 'done', alive: [], unlisted: [] });
    const deployed = names('deploy');
    expect(deployed).toHaveLength(3);
    for (const name of deployed) {
      expect(log.indexOf(`arm ${name}`)).toBeLessThan(log.indexOf(`deploy ${name}`));
      expect(log.indexOf(`deploy ${name}`)).toBeLessThan(log.indexOf(`disarm ${name}`));
    }
    const { reservedUsd, spentUsd } = await ledger.balance();
    expect(reservedUsd).toBe(0);
    expect(spentUsd).toBeGreaterThan(0);
    expect(JSON.parse(world.objects.get('receipt.json')!).spentUsd).toBe(spentUsd);
    // A dollar an hour, from accepted to gone.
    expect(spentUsd).toBeLessThanOrEqual((3 * seconds) / 3600);
  });

  it('is held until a listing shows that it is gone', async () => {
    const { end } = await sweep({ faults: { immortal: true } });
    expect(end.alive.length).toBeGreaterThan(0);
    expect(names('disarm')).toEqual([]);
    expect(ledger.log.filter((l) => l.startsWith('settle'))).toEqual([]);
  });

  it('is owed for nothing when no machine was to be had, and that is tried again before it is skipped', async () => {
    let refusals = 0;
    const refuse = async () => {
      refusals++;
      return { state: 'refused' as const, code: 'capacity' as const, reason: 'no g4dn in any zone' };
    };
    const { end, world } = await sweep({ target: () => ({ deploy: refuse }) });
    expect(end.state).toBe('done');
    expect(refusals).toBe(2 * 3);
    expect(seconds).toBeGreaterThan(2 * 2 * 600 - 1);
    expect(world.records).toEqual([]);
    expect(world.skips.map(({ row }) => row.code)).toEqual(['capacity', 'capacity']);
    expect(world.skips[0]!.row.fix).toContain('no g4dn');
    expect(await ledger.balance()).toMatchObject({ reservedUsd: 0, spentUsd: 0 });
  });

  it('comes back once there is capacity, and the trial is measured', async () => {
    let refusals = 2;
    const { world } = await sweep({
      target: (own) => ({
        deploy: async (request) =>
          refusals-- > 0 ? { state: 'refused', code: 'capacity', reason: 'none now' } : own.deploy(request),
      }),
    });
    expect(world.skips).toEqual([]);
    expect(new Set(world.records.map((r) => r.configuration.id)).size).toBe(2);
  });

  it('skips what the quota forbids without a second try', async () => {
    let refusals = 0;
    const { world } = await sweep({
      target: () => ({
        deploy: async () => {
          refusals++;
          return { state: 'refused', code: 'quota', reason: 'ml.c7i.xlarge for endpoint usage is 0' };
        },
      }),
    });
    expect(refusals).toBe(2);
    expect(world.skips.map(({ row }) => row.code)).toEqual(['quota', 'quota']);
  });

  it('creates nothing that its deadline could not be armed for', async () => {
    const { world } = await sweep({
      deadlines: {
        arm: async () => {
          throw new Error('scheduler says no');
        },
      },
    });
    expect(names('deploy')).toEqual([]);
    expect(world.records.every((r) => r.validity.reasons[0]!.detail.includes('scheduler says no'))).toBe(true);
  });

  it('ends the run when the budget cannot hold another deployment, and says so', async () => {
    const plan = billedPlan();
    const one = holdUsd('sagemaker', plan.deployments[0]!.usdPerHour, 60);
    const { end, world } = await sweep({ budgetUsd: one });
    expect(end).toMatchObject({ state: 'stopped', stopReason: 'budget' });
    expect(names('deploy')).toEqual([]);
    expect(world.records).toEqual([]);
  });

  it('is spent for a load that cannot be looked at: it is stopped, and another deployment is loaded', async () => {
    let unseen = 0;
    let first: string | null = null;
    const stopped: string[] = [];
    const { end, world } = await sweep({
      generator: (own) => ({
        usdAtMost: () => 1,
        stop: async (handle) => void stopped.push(handle),
        check: async (handle) => {
          if (handle.endsWith('/load')) first ??= handle;
          if (handle !== first) return own.check(handle);
          unseen++;
          throw new Error('ECS says no');
        },
      }),
    });
    expect(end.state).toBe('done');
    expect([unseen, stopped]).toEqual([20, [first]]);
    expect(new Set(world.records.map((r) => r.configuration.id)).size).toBe(2);
    expect(world.records.every((r) => r.validity.status !== 'invalid')).toBe(true);
    const { reservedUsd, spentUsd } = await ledger.balance();
    expect(reservedUsd).toBe(0);
    // Of a dollar held each; what could be looked at says that it cost nothing.
    expect(spentUsd).toBeGreaterThan(1);
    expect(spentUsd).toBeLessThanOrEqual(1 + (4 * seconds) / 3600);
  });

  it('does not deploy with a deadline that would end it under load', async () => {
    let late = true;
    const { world } = await sweep({
      deadlines: {
        arm: async ({ name }) => void log.push(`arm ${name}`),
      },
      ports: {
        stop: {
          read: async () => {
            // Between the hold and the deployment a day passes, once.
            if (late && ledger.holds.size > 0) {
              late = false;
              seconds += 86_400;
            }
            return null;
          },
        },
      },
    });
    expect(new Set(world.records.map((r) => r.configuration.id)).size).toBe(2);
    expect(await ledger.balance()).toMatchObject({ reservedUsd: 0 });
  });
});
