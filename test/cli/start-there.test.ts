/** Whose receipt says what a run that AWS drives has left, through `watch` with a kit of the test's own. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CloudExecution, Kit, Run } from '../../lib/cli/kit.ts';
import { main } from '../../lib/cli/program.ts';
import type { Receipt } from '../../lib/core/report/receipt.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { MemoryStore } from '../support/memory-store.ts';

const plan = goodPlan(cloudExperiment({}));
const STARTED_MS = Date.parse('2026-01-31T12:00:00Z');

let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

async function watch(ended: Partial<CloudExecution>, receiptAtMs: number): Promise<number> {
  const store = new MemoryStore();
  const receipt: Receipt = {
    schema: 'infersweep.receipt.v1',
    runId: 'run-1',
    writtenAt: new Date(receiptAtMs).toISOString(),
    resources: [],
    alive: [],
    unlisted: [],
    spentUsd: 0,
  };
  await store.put('plan.json', JSON.stringify(plan));
  await store.put('lock.json', JSON.stringify({ driver: 'aws', carrier: 'durable' }));
  await store.put('receipt.json', JSON.stringify(receipt));
  const records = { list: async () => [], skipped: async () => [] };
  const execution: CloudExecution = { state: 'failed', outcome: null, error: null, sinceMs: STARTED_MS, ...ended };
  const kit = {
    now: () => new Date(0),
    openRun: () => ({ id: 'run-1', folder: '/nowhere', store, records }) as unknown as Run,
    ports: async () => ({
      store,
      records,
      ledger: { balance: async () => ({ spentUsd: 0, reservedUsd: 0, budgetUsd: null }) },
    }),
    cloud: async () => ({ look: async () => execution }),
  } as unknown as Kit;
  return main('0.0.0', async () => kit, ['watch', 'run-1']);
}

describe('the end of a run that AWS drives', () => {
  it.each([
    ['done', { state: 'done', outcome: { state: 'stopped', stopReason: 'interrupt' } }, 130],
    ['failed', { error: 'the table is gone' }, 1],
  ] as const)('%s: its receipt says what is left', async (_what, ended, code) => {
    expect(await watch(ended, STARTED_MS + 60_000), said).toBe(code);
  });

  it.each([
    ['failed', { error: 'the table is gone' }, STARTED_MS - 60_000],
    ['done', { state: 'done', outcome: { state: 'stopped', stopReason: 'interrupt' } }, STARTED_MS - 60_000],
    ['never seen', { state: 'absent', sinceMs: undefined }, STARTED_MS + 60_000],
  ] as const)('%s: nobody knows what is left, whatever an earlier receipt says', async (_what, ended, atMs) => {
    expect(await watch(ended, atMs), said).toBe(6);
    expect(said).toMatch(/without a receipt/);
  });
});
