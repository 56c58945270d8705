/**
 * One run from start to its end in every ending: carries the sweep, then makes sure by listing that nothing is left, and
 * says what came of it.
 */
import type { Json } from '../core/ports/workflow.ts';
import { type Receipt, receiptResourceSchema } from '../core/report/receipt.ts';
import type { EnginePorts } from './ports.ts';
import type { SweepOutcome } from './workflow/sweep.ts';

export interface RunEnd {
  state: 'done' | 'stopped' | 'exhausted' | 'failed';
  /** Message of the failure that ended the sweep; null when it returned. */
  error: string | null;
  alive: Receipt['alive'];
}

/** Tries of the last clean-up, one second apart. */
const LAST_CLEANUP_TRIES = 10;

export async function runSweep(
  ports: EnginePorts,
  carry: () => Promise<Json>,
  wait: (seconds: number) => Promise<void>,
): Promise<RunEnd> {
  let end: { state: RunEnd['state']; error: string | null };
  try {
    const outcome = (await carry()) as SweepOutcome;
    end = { state: outcome.state, error: null };
  } catch (error) {
    end = { state: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
  const alive = await destroyAll(ports, wait);
  await writeReceipt(ports, alive);
  return { ...end, alive };
}

async function writeReceipt(ports: EnginePorts, alive: Receipt['alive']): Promise<void> {
  const resources: Receipt['resources'] = [];
  for (const key of await ports.store.list('receipts/')) {
    resources.push(...receiptResourceSchema.array().parse(JSON.parse((await ports.store.get(key))!)));
  }
  const receipt: Receipt = {
    schema: 'infersweep.receipt.v1',
    runId: ports.runId,
    writtenAt: ports.clock.nowIso(),
    resources,
    alive,
  };
  await ports.store.put('receipt.json', `${JSON.stringify(receipt, null, 2)}\n`);
}

/** Ends whatever of the run a listing still shows; returns what would not go. */
export async function destroyAll(
  ports: EnginePorts,
  wait: (seconds: number) => Promise<void>,
): Promise<Receipt['alive']> {
  let alive: Receipt['alive'] = [];
  for (let attempt = 0; attempt < LAST_CLEANUP_TRIES; attempt++) {
    if (attempt > 0) await wait(1);
    alive = [];
    for (const target of Object.values(ports.targets)) {
      for (const resource of await target.list(ports.runId)) {
        await target.destroy(resource.name).catch(() => undefined);
      }
      alive.push(...(await target.list(ports.runId)));
    }
    if (alive.length === 0) return [];
  }
  return alive;
}
