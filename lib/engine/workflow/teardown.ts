import { billedUsd, billedUsdPerHour } from '../../core/plan/hold.ts';
import type { TargetName } from '../../core/plan/plan.ts';
import { TARGET_TIMES } from '../../core/plan/time-constants.ts';
import { LeaseLost } from '../../core/ports/lease.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { ReceiptResource } from '../../core/report/receipt.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { plannedFor, readPlan } from './documents.ts';

/** Bounded: what is still there after the time that it may be stuck is reported as a leak and left to the reaper. */
function looksAt(target: TargetName): number {
  const { stuckSeconds, teardownSeconds, lookSeconds } = TARGET_TIMES[target];
  return Math.max(30, Math.ceil((stuckSeconds + 2 * teardownSeconds) / lookSeconds));
}

/** What teardown needs, from durable values alone. */
export type Doomed = Pick<Live, 'id' | 'target' | 'name' | 'onDemand' | 'billedFrom'>;

/**
 * Destroys what `deploy` made or may have made under this name, until a listing no longer shows it; only then the hold is
 * settled and the deadline disarmed. Runs whether or not the deploy step is known to have happened: a crash may have fallen
 * between effect and record.
 */
export async function teardown(w: Workflow, ports: EnginePorts, doomed: Doomed): Promise<ReceiptResource> {
  const { id: deployment, target, name } = doomed;
  const looks = looksAt(target);
  return w.poll<ReceiptResource>(
    'teardown',
    async (last) => {
      const stillThere = { name, deployment, gone: false, confirmedAtMs: null };
      try {
        const where = targetOf(ports, target);
        if (last === null) ports.progress.emit({ type: 'phase', deployment, phase: 'teardown', message: null });
        await where.destroy(name);
        if ((await where.list(ports.runId)).some((r) => r.name === name)) return { ...stillThere, error: null };
        const confirmedAtMs = ports.clock.nowMs();
        await settle(ports, doomed, confirmedAtMs);
        await ports.deadlines.disarm(name);
        return { name, deployment, gone: true, confirmedAtMs, error: null };
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        return { ...stillThere, error: error instanceof Error ? error.message.slice(0, 500) : String(error) };
      }
    },
    (s, attempt) =>
      s.gone || attempt >= looks
        ? { done: true }
        : { waitSeconds: Math.min(Math.max(attempt, TARGET_TIMES[target].lookSeconds), 30) },
  );
}

/** Nothing is owed for what was held and never billed; everything for what nobody can tell. */
async function settle(ports: EnginePorts, doomed: Doomed, goneAtMs: number): Promise<void> {
  const { target, name, billedFrom } = doomed;
  if (target === 'local' || billedFrom === 'never') return ports.ledger.settle(name, 0);
  if (billedFrom === 'unknown') return ports.ledger.settle(name, null);
  const plan = await readPlan(ports);
  const usdPerHour = billedUsdPerHour(target, plannedFor(plan, doomed).usdPerHour, plan.region);
  await ports.ledger.settle(name, billedUsd(target, usdPerHour, (goneAtMs - billedFrom) / 1000));
}
