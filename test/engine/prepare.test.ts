import { describe, expect, it } from 'vitest';
import type { Hold } from '../../lib/core/ports/ledger.ts';
import type { PreparationSeat, Preparer, PrepareState } from '../../lib/core/ports/preparer.ts';
import type { StopReason } from '../../lib/core/ports/stop.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { prepare } from '../../lib/engine/workflow/prepare.ts';
import type { Entry, Journal } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const done: PrepareState = { state: 'done', artifact: 's3://a/', sha256: 'ab', cached: false, seconds: 9, usd: 0.4 };

class Memory implements Journal {
  readonly entries: Entry[] = [];
  append(entry: Omit<Entry, 'seq'>): void {
    this.entries.push({ seq: this.entries.length, ...entry });
  }
}

/** What a preparation that costs money asked of its ports, in order. */
async function preparedWith(
  o: { usd?: number; states?: PrepareState[]; granted?: boolean; stopAtLook?: number; startFails?: boolean } = {},
) {
  const { usd = 2, states = [{ state: 'running', message: 'x' }, done], granted = true } = o;
  const world = new FakeWorld(emulatedPlan({ runtimes: [{ onnxruntime: {} }], model: { source: 'm', inputs: 'i' } }));
  const said: string[] = [];
  const holds: Hold[] = [];
  const seats: PreparationSeat[] = [];
  let looks = 0;
  let stop: StopReason | null = null;
  const preparer: Preparer = {
    usdAtMost: async () => usd,
    start: async (p, seat) => {
      said.push('start');
      seats.push(seat);
      if (o.startFails) throw new Error('the network');
      return p.id;
    },
    check: async () => {
      said.push('check');
      if (++looks === o.stopAtLook) stop = 'interrupt';
      return states[Math.min(looks, states.length) - 1]!;
    },
    stop: async () => void said.push('stop'),
  };
  const ports: EnginePorts = {
    ...world.ports(),
    preparer,
    stop: { read: async () => stop } as EnginePorts['stop'],
    ledger: {
      reserve: async (hold) => {
        said.push('reserve');
        holds.push(hold);
        return granted ? { granted } : { granted, reason: 'over budget' };
      },
      settle: async (_, spent) => void said.push(`settle ${spent}`),
      settleRest: async () => undefined,
      balance: async () => ({ reservedUsd: 0, spentUsd: 0, budgetUsd: null }),
    },
    deadlines: { arm: async () => void said.push('arm'), disarm: async () => void said.push('disarm') },
  };
  const waits: number[] = [];
  const w = JournalWorkflow.root(new Memory(), 'run-1/e1', {}, async (seconds) => void waits.push(seconds));
  const outcome = await prepare(w, ports, world.plan.preparations[0]!.id);
  return { outcome, said, holds, seats, waits };
}

describe('a preparation that costs money', () => {
  it('is held and its deadline armed before it starts, and settled once it is done', async () => {
    const { outcome, said, holds, seats } = await preparedWith();
    expect(said).toEqual(['reserve', 'arm', 'start', 'check', 'check', 'settle 0.4', 'disarm']);
    expect(outcome.prepared).toMatchObject({ artifact: 's3://a/', failure: null });
    expect(holds).toEqual([{ name: seats[0]!.name, usd: 2 }]);
    expect(seats[0]).toMatchObject({
      name: expect.stringMatching(/^infersweep-/),
      tags: { 'infersweep:run': 'run-1', 'infersweep:expires-at': expect.any(String) },
    });
  });

  it('is not begun outside the budget', async () => {
    const { outcome, said } = await preparedWith({ granted: false });
    expect(outcome.stopped).toBe('budget');
    expect(said).toEqual(['reserve']);
  });

  it('that is told to stop is looked at until its machine has ended, and pays for it', async () => {
    const running: PrepareState = { state: 'running', message: 'x' };
    const ended: PrepareState = { state: 'failed', reason: 'its host ended', usd: 0.1 };
    const { outcome, said } = await preparedWith({ states: [running, running, running, ended], stopAtLook: 1 });
    expect(said).toEqual([
      'reserve',
      'arm',
      'start',
      'check',
      'stop',
      'check',
      'check',
      'check',
      'settle 0.1',
      'disarm',
    ]);
    expect(outcome).toMatchObject({ stopped: 'interrupt', prepared: { failure: 'stopped' } });
  });

  it('whose start nobody knows the end of spends all that was held, and keeps its deadline', async () => {
    const { outcome, said } = await preparedWith({ startFails: true });
    expect(said).toEqual(['reserve', 'arm', 'start', 'settle null']);
    expect(outcome.prepared.failure).toBe('the network');
  });

  it('is neither held nor armed where it costs nothing', async () => {
    const { said, waits } = await preparedWith({
      usd: 0,
      states: [
        { state: 'running', message: 'x' },
        { ...done, usd: 0 },
      ],
    });
    expect(said).toEqual(['start', 'check', 'check']);
    expect(waits).toEqual([1]);
  });
});
