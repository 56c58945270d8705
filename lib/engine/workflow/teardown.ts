import type { Workflow } from '../../core/ports/workflow.ts';
import type { ReceiptResource } from '../../core/report/receipt.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import type { Live } from './bring-up.ts';

/** Bounded: what is still there after this many tries is reported as a leak and left to the next sweep of leaks. */
const TEARDOWN_ATTEMPTS = 30;

/**
 * Destroys what `deploy` made or may have made under this name, until a listing no longer shows it.
 * Runs whether or not the deploy step is known to have happened: a crash may have fallen between effect and record.
 */
export async function teardown(
  w: Workflow,
  ports: EnginePorts,
  { id: deployment, target, name }: Pick<Live, 'id' | 'target' | 'name'>,
): Promise<ReceiptResource> {
  return w.poll<ReceiptResource>(
    'teardown',
    async (last) => {
      try {
        const where = targetOf(ports, target);
        if (last === null) ports.progress.emit({ type: 'phase', deployment, phase: 'teardown', message: null });
        await where.destroy(name);
        const alive = (await where.list(ports.runId)).some((r) => r.name === name);
        return { name, deployment, gone: !alive, confirmedAtMs: alive ? null : ports.clock.nowMs(), error: null };
      } catch (error) {
        return {
          name,
          deployment,
          gone: false,
          confirmedAtMs: null,
          error: error instanceof Error ? error.message.slice(0, 500) : String(error),
        };
      }
    },
    (s, attempt) => (s.gone || attempt >= TEARDOWN_ATTEMPTS ? { done: true } : { waitSeconds: Math.min(30, attempt) }),
  );
}
