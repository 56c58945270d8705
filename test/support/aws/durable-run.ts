/** A run on the loopback AWS that a durable execution carries: virtual time passes as it decides to wait, and only then. */
import type { OperationUpdate, WireOperation } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { durableHandler } from '../../../lib/aws/durable/durable-handler.ts';
import { withSealedPlan } from '../../../lib/aws/sealed-plan.ts';
import { sealOf } from '../../../lib/cli/plan-seal.ts';
import type { Json } from '../../../lib/core/ports/workflow.ts';
import { type Receipt, receiptSchema } from '../../../lib/core/report/receipt.ts';
import type { EnginePorts } from '../../../lib/engine/ports.ts';
import type { RunEnd } from '../../../lib/engine/run.ts';
import { type SweepOutcome, workflows } from '../../../lib/engine/workflow/sweep.ts';
import { mortal } from '../mortal-durable.ts';
import type { CloudRun } from './cloud-run.ts';

/**
 * What the execution is told to wait is a fraction of a second, which the testing package takes for none (1.1.4: it adds to
 * the seconds of a `Date`).
 */
const FRACTION = 10_000;

export interface DurableDeath {
  /** Number of the checkpoint; `when`: the first before which this holds. */
  at?: number;
  when?: () => boolean;
  side: 'before' | 'after';
  /** No invocation follows: the execution was stopped. */
  forEver?: boolean;
}

export interface DurableLife {
  death?: DurableDeath;
  /** Of the execution. @default 1 */
  number?: number;
  /** Every wait ends the invocation, as on AWS, and a replay goes on after it. @default - its looks may share one */
  isSuspended?: boolean;
}

export interface DurableEnd {
  outcome: Json;
  error: string | null;
  /** null: nobody lived to write one. */
  receipt: Receipt | null;
  checkpoints: number;
  operations: number;
  /** Lives of its code: replays, and one. */
  invocations: number;
}

export async function liveOnDurable(run: CloudRun, o: DurableLife = {}): Promise<DurableEnd> {
  const { death, number = 1, isSuspended = false } = o;
  const ports = await run.ports(null);
  await run.seed(ports);
  const told = { checkpoints: 0, operations: 0, invocations: 0 };
  let isDead = false;
  let stop: () => void = () => undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = () => resolve('stopped');
  });
  const handler = mortal(
    (life) => {
      told.invocations = life.number;
      // Ports of its own for each, as the function makes them: what one has read the next has not.
      return durableHandler(({ planSha256 }) => workflows(under(ports, planSha256)), {
        scaleSeconds: (seconds) => seconds / FRACTION,
      });
    },
    {
      async onWrite(updates) {
        told.operations += operationsIn(updates);
        const seconds = waited(updates);
        if (seconds > 0) await run.wait(seconds);
      },
      at(n) {
        told.checkpoints = n;
        if (death === undefined || isDead) return null;
        isDead = n === death.at || (death.when?.() ?? false);
        return isDead ? death.side : null;
      },
      onDeath: (_life, _operations: readonly WireOperation[]) => {
        if (!death?.forEver) return;
        stop();
        return new Promise<void>(() => undefined);
      },
    },
  );
  const runner = new LocalDurableTestRunner<Json>({
    handlerFunction: isSuspended ? (event, context) => handler(event, withoutTime(context)) : handler,
  });
  const planSha256 = sealOf((await ports.store.get('plan.json'))!);
  const payload = { runId: run.runId, path: `${run.runId}/e${number}`, workflow: 'run', input: null, planSha256 };
  const ended = await Promise.race([runner.run({ payload }), stopped]);
  const text = await ports.store.get('receipt.json');
  const receipt = text === null ? null : receiptSchema.parse(JSON.parse(text));
  if (ended === 'stopped') return { outcome: null, error: 'stopped', receipt, ...told };
  if (ended.getStatus() === 'SUCCEEDED') {
    return { outcome: ended.getResult() as Json, error: null, receipt, ...told };
  }
  return { outcome: null, error: ended.getError().errorMessage ?? 'failed', receipt, ...told };
}

/** As the function makes them of what its event says. */
const under = (ports: EnginePorts, planSha256: string | undefined): EnginePorts => ({
  ...ports,
  store: withSealedPlan(ports.store, planSha256 ?? null),
});

/** As whoever follows the execution is told of its end: by its outcome, and by the receipt. */
export async function carriedByDurable(run: CloudRun, o: DurableLife = {}): Promise<RunEnd> {
  const { outcome, error, receipt } = await liveOnDurable(run, o);
  if (receipt === null) throw new Error(`the execution ended without a receipt: ${error}`);
  const { alive, unlisted } = receipt;
  if (error !== null) return { state: 'failed', error, stopReason: null, alive, unlisted };
  const { state, stopReason } = outcome as SweepOutcome;
  return { state, error, stopReason, alive, unlisted };
}

/** As AWS counts them: each step or wait or context, and each further try of one. */
export function operationsIn(updates: readonly OperationUpdate[]): number {
  return updates.filter(({ Action }) => Action === 'START' || Action === 'RETRY').length;
}

type Handler = ReturnType<typeof mortal>;

/** The SDK waits inside an invocation only while enough of its time is left. */
function withoutTime(context: Parameters<Handler>[1]): Parameters<Handler>[1] {
  return Object.assign(Object.create(context), { getRemainingTimeInMillis: () => 0 });
}

/** Branches that wait together wait as long as the longest. */
function waited(updates: readonly OperationUpdate[]): number {
  const each = updates.map((u) => u.StepOptions?.NextAttemptDelaySeconds ?? u.WaitOptions?.WaitSeconds ?? 0);
  return Math.round(Math.max(...each) * FRACTION);
}
