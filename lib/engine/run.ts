/**
 * One run from start to its end in every ending: carries the sweep, then makes sure by listing that nothing is left, and
 * says what came of it.
 */
import { LeaseLost } from '../core/ports/lease.ts';
import type { ListedResource } from '../core/ports/target.ts';
import type { Json } from '../core/ports/workflow.ts';
import { type Receipt, receiptResourceSchema } from '../core/report/receipt.ts';
import { type EnginePorts, type Holder, holdersOf } from './ports.ts';
import type { SweepOutcome } from './workflow/sweep.ts';

export interface RunEnd {
  state: 'done' | 'stopped' | 'exhausted' | 'failed';
  /** Message of the failure that ended the sweep; null when it returned. */
  error: string | null;
  /** Who asked a stopped run to end. */
  stopReason: string | null;
  alive: Receipt['alive'];
  /** Listings that failed: what they would have shown may be alive. */
  unlisted: string[];
}

export type Remains = Pick<RunEnd, 'alive' | 'unlisted'>;

/** Tries of the last clean-up, one second apart. */
const LAST_CLEANUP_TRIES = 10;

/** @throws LeaseLost when another controller has taken over: what is alive is that one's. */
export async function runSweep(
  ports: EnginePorts,
  carry: () => Promise<Json>,
  wait: (seconds: number) => Promise<void>,
): Promise<RunEnd> {
  let end: Pick<RunEnd, 'state' | 'error' | 'stopReason'>;
  try {
    const outcome = (await carry()) as SweepOutcome;
    end = { state: outcome.state, error: null, stopReason: outcome.stopReason };
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    end = { state: 'failed', error: error instanceof Error ? error.message : String(error), stopReason: null };
  }
  const { alive, unlisted } = await destroyRun(ports, wait);
  return { ...end, alive, unlisted };
}

/**
 * Waits, and makes sure that nobody took over meanwhile: a machine that slept may wake long after its lease. Where the lease
 * cannot be asked after, nothing else will succeed either.
 */
export function waitHolding(wait: (seconds: number) => Promise<void>, renew: () => Promise<boolean>) {
  return async (seconds: number): Promise<void> => {
    await wait(seconds);
    if (!(await renew().catch(() => true))) throw new LeaseLost();
  };
}

/** Ends whatever is left of a run, and writes the receipt that says what came of it. */
export async function destroyRun(ports: EnginePorts, wait: (seconds: number) => Promise<void>): Promise<Receipt> {
  const remains = await destroyAll(ports, wait);
  return writeReceipt(ports, remains);
}

export async function writeReceipt(ports: EnginePorts, remains: Remains): Promise<Receipt> {
  const resources: Receipt['resources'] = [];
  for (const key of await ports.store.list('receipts/')) {
    resources.push(...receiptResourceSchema.array().parse(JSON.parse((await ports.store.get(key))!)));
  }
  // Whoever looked at a resource last may never have heard what became of it.
  if (isEmpty(remains)) await ports.ledger.settleRest();
  const receipt: Receipt = {
    schema: 'infersweep.receipt.v1',
    runId: ports.runId,
    writtenAt: ports.clock.nowIso(),
    resources,
    ...remains,
    spentUsd: (await ports.ledger.balance()).spentUsd,
  };
  await ports.store.put('receipt.json', `${JSON.stringify(receipt, null, 2)}\n`);
  return receipt;
}

/** Ends whatever of the run a listing still shows; returns what would not go, and which listings did not answer. */
export async function destroyAll(ports: EnginePorts, wait: (seconds: number) => Promise<void>): Promise<Remains> {
  let remains = await destroyOnce(ports);
  for (let attempt = 1; attempt < LAST_CLEANUP_TRIES && !isEmpty(remains); attempt++) {
    await wait(ports.targets.local ? 1 : 30);
    remains = await destroyOnce(ports);
  }
  return remains;
}

export const isEmpty = ({ alive, unlisted }: Remains): boolean => alive.length === 0 && unlisted.length === 0;

/** One pass: ends what is listed, and lists again. What cannot be told apart from another run's is not touched. */
export async function destroyOnce(ports: EnginePorts): Promise<Remains> {
  for (const { holder, resource } of (await listAll(ports)).found) {
    if (resource.doubt === undefined) await holder.destroy(resource.name).catch(() => undefined);
  }
  const { found, unlisted } = await listAll(ports);
  return { alive: found.map(({ resource }) => resource), unlisted };
}

async function listAll(ports: EnginePorts) {
  const found: { holder: Holder; resource: ListedResource }[] = [];
  const unlisted: string[] = [];
  for (const holder of holdersOf(ports)) {
    try {
      for (const resource of await holder.list(ports.runId)) found.push({ holder, resource });
    } catch (error) {
      unlisted.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { found, unlisted };
}
