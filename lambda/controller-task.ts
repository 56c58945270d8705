/**
 * A run's controller as a container's process: the same engine and carrier as of a terminal that drives AWS, on a journal
 * that ends with the task.
 *
 *   RUN NUMBER      the run, and which of its controllers this is; see `lib/core/workflow/controller-seat.ts`
 *
 * Exit codes: 0 the run has ended, whatever came of it; 1 it has not; 2 wrong arguments; 3 another controller drives it.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSeat, writeEnd } from '../lib/aws/controller-tasks.ts';
import { DynamoLease } from '../lib/aws/lease.ts';
import { LeaseLost } from '../lib/core/ports/lease.ts';
import { withoutItself } from '../lib/engine/controller.ts';
import { type RunEnd, runSweep, waitHolding } from '../lib/engine/run.ts';
import { workflows } from '../lib/engine/workflow/sweep.ts';
import { openRunJournal } from '../lib/local/journal/run-journal.ts';
import { openRun } from './compose.ts';

export interface ControlOptions {
  environment: NodeJS.ProcessEnv;
  runId: string;
  number: number;
  wait(seconds: number): Promise<void>;
  /** Whether the task was told to end. */
  isTold(): boolean;
}

/** Heartbeats in the time after which a lease is taken for abandoned. */
const RENEW_MS = 15_000;
/** Whoever asked for this controller may still hold the lease, or one that died: a minute, and as much again. */
const LEASE_TRIES = 13;
const LEASE_TRY_SECONDS = 10;

/** @throws LeaseLost where another controller drives the run */
export async function control({ environment, runId, number, wait, isTold }: ControlOptions): Promise<RunEnd> {
  const open = await openRun(environment);
  const looking = open(runId, null, null);
  // One answer tells the time.
  await looking.ports.ledger.balance();
  const owner = `controller-${number}/${randomUUID()}`;
  const lease = new DynamoLease({ ...looking.entries, owner, clock: looking.ports.clock });
  const token = await acquire(lease, wait);
  // What a lost lease would still write is refused by its token.
  const heartbeat = setInterval(() => void lease.renew().catch(() => undefined), RENEW_MS);
  const folder = mkdtempSync(join(tmpdir(), 'controller-'));
  try {
    const seat = await readSeat(looking.ports.store, number);
    const { ports } = open(runId, token, seat.planSha256 ?? null);
    const { settleItself, ...controlled } = withoutItself(ports, seat);
    const told = { read: async () => (isTold() ? 'interrupt' : controlled.stop.read()) } as typeof controlled.stop;
    const own = { ...controlled, stop: told };
    const holding = waitHolding(wait, () => lease.renew());
    // Its paths are no other controller's: what one of them named is ended before the next begins.
    const root = `${runId}/c${number}`;
    const journal = openRunJournal(join(folder, 'journal.jsonl'), root, workflows(own), holding);
    const end = await runSweep(own, () => journal.run('sweep', null), holding);
    journal.close();
    await settleItself();
    await writeEnd(ports.store, number, end);
    await ports.deadlines.disarm(seat.name);
    return end;
  } finally {
    clearInterval(heartbeat);
    rmSync(folder, { recursive: true, force: true });
    await lease.release();
  }
}

async function acquire(lease: DynamoLease, wait: (seconds: number) => Promise<void>): Promise<number> {
  for (let attempt = 1; attempt <= LEASE_TRIES; attempt++) {
    const taken = await lease.acquire();
    if (taken !== null) return taken.token;
    await wait(LEASE_TRY_SECONDS);
  }
  throw new LeaseLost();
}

export const realWait = (seconds: number) => new Promise<void>((done) => setTimeout(done, seconds * 1000));

/** @returns the exit code of its process */
export async function main(args: readonly string[], wait: ControlOptions['wait'] = realWait): Promise<number> {
  const [runId, number] = args;
  if (runId === undefined || !/^\d+$/.test(number ?? '') || args.length > 2) {
    process.stderr.write('usage: controller.mjs RUN NUMBER\n');
    return 2;
  }
  let told = false;
  process.on('SIGTERM', () => {
    told = true;
  });
  try {
    const end = await control({
      environment: process.env,
      runId,
      number: Number(number),
      wait,
      isTold: () => told,
    });
    console.log(JSON.stringify({ runId, type: 'run', state: 'ended', reason: end.stopReason, error: end.error }));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof LeaseLost ? 3 : 1;
  }
}
