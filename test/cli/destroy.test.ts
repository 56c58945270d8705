/** What `destroy` makes sure of before it ends a run that AWS drives, with a kit of the test's own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CloudExecution, Kit, Run } from '../../lib/cli/kit.ts';
import { main } from '../../lib/cli/program.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { MemoryStore } from '../support/memory-store.ts';

let log: string[];
beforeEach(() => {
  log = [];
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

/** @param state of the execution: by who holds the lease and how often it was asked to end */
async function destroy(state: (at: { isTaken: boolean; asked: number }) => CloudExecution['state']): Promise<number> {
  const store = new MemoryStore();
  await store.put('plan.json', JSON.stringify(goodPlan(cloudExperiment({}))));
  await store.put('lock.json', JSON.stringify({ driver: 'aws', carrier: 'durable' }));
  const at = { isTaken: false, asked: 0 };
  const look = async () => ({ state: state(at), outcome: null, error: null });
  const ask = async () => {
    at.asked += 1;
    log.push('ask');
  };
  const list = async () => {
    log.push(`list while ${state(at)}`);
    return [];
  };
  const kit = {
    now: () => new Date(0),
    wait: async () => void log.push('wait'),
    openRun: () => ({ id: 'run-1', folder: '/nowhere', store, records: {} }) as unknown as Run,
    cloud: async () => ({ look, ask }),
    take: async () => {
      log.push('take');
      at.isTaken = true;
      return { token: 1, renew: async () => true, release: async () => void log.push('release') };
    },
    ports: async () => ({
      runId: 'run-1',
      targets: { sagemaker: { list } },
      holders: [],
      store,
      clock: { nowIso: () => '2026-01-31T12:00:00.000Z' },
      ledger: { settleRest: async () => undefined, balance: async () => ({ spentUsd: 0 }) },
    }),
  } as unknown as Kit;
  return main('0.0.0', async () => kit, ['destroy', 'run-1']);
}

it('asks what drives the run to end, waits for that, and then lists', async () => {
  let looks = 0;
  expect(await destroy(({ asked }) => (asked > 0 && ++looks > 2 ? 'done' : 'running'))).toBe(0);
  expect(log).toEqual(['ask', 'wait', 'wait', 'take', 'list while done', 'list while done', 'release']);
});

it('looks again once it holds the lease: what was started in between would go on making things', async () => {
  let looks = 0;
  const state = ({ isTaken, asked }: { isTaken: boolean; asked: number }) => {
    if (!isTaken) return 'absent' as const;
    return asked > 1 && ++looks > 1 ? ('done' as const) : ('running' as const);
  };
  expect(await destroy(state)).toBe(0);
  expect(log).toEqual(['ask', 'take', 'ask', 'wait', 'list while done', 'list while done', 'release']);
});
