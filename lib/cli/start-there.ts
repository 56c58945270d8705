/** A run that AWS drives: started from here, followed from here, and concluded here once it has ended. */
import type { Plan } from '../core/plan/plan.ts';
import { type Receipt, receiptSchema } from '../core/report/receipt.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { RunEnd } from '../engine/run.ts';
import type { SweepOutcome } from '../engine/workflow/sweep.ts';
import { conclude } from './conclude.ts';
import { carrierOf } from './driver.ts';
import { pull, push } from './exchange.ts';
import { codesOf, type ExecuteOptions } from './execute.ts';
import { type ExitCode, exitCodes, worstOf } from './exit-codes.ts';
import type { Cloud, CloudExecution, Kit, Run } from './kit.ts';
import { command, note } from './output.ts';
import { QUIET, trialCounts } from './verb-status.ts';

const LOOK_SECONDS = 10;

/** @returns the exit code of the run; interrupted when it was left alone. */
export async function startThere(kit: Kit, run: Run, plan: Plan, o: ExecuteOptions): Promise<ExitCode> {
  const ports = await kit.ports(run, plan, QUIET);
  const carrier = await carrierOf(run);
  const cloud = await kit.cloud(plan, carrier);
  await push(run, ports);
  await kit.prepareHere(run, plan, note);
  await cloud.start(run, plan);
  note(
    `run ${run.id} started on AWS${carrier === 'fargate' ? ', in a task on Fargate' : ''}; it goes on without this terminal. follow it with: ${command(`infersweep watch ${run.id}`)}`,
  );
  return follow(kit, run, plan, { ports, cloud }, o);
}

export interface There {
  ports: EnginePorts;
  cloud: Cloud;
}

/** Until it ends. First Ctrl-C: it is asked to tear down and end; second: it is left to do so. */
export async function follow(kit: Kit, run: Run, plan: Plan, there: There, o: ExecuteOptions): Promise<ExitCode> {
  let interrupts = 0;
  const onSignal = () => {
    interrupts++;
    if (interrupts > 1) process.exit(exitCodes.interrupted);
    note('asking the run to tear down and end; press Ctrl-C again to leave it to that');
    void there.cloud.ask(run.id, 'interrupt').catch((error: Error) => note(`could not ask: ${error.message}`));
  };
  process.on('SIGINT', onSignal);
  let execution: CloudExecution;
  let last = '';
  try {
    for (;;) {
      execution = await there.cloud.look(run.id);
      const line = await progressLine(plan, there.ports);
      if (line !== last) note(line);
      last = line;
      if (execution.state !== 'running') break;
      await kit.wait(LOOK_SECONDS);
    }
  } finally {
    process.off('SIGINT', onSignal);
  }
  await pull(run, there.ports);
  const end = endOf(execution, await receiptOf(run));
  return worstOf([...codesOf(end), ...(await conclude(kit, run, plan, o, end))]);
}

async function progressLine(plan: Plan, ports: EnginePorts): Promise<string> {
  const [records, skipped, balance] = await Promise.all([
    ports.records.list(),
    ports.records.skipped(),
    ports.ledger.balance(),
  ]);
  const { done, left, invalid } = trialCounts(plan, records, skipped, false);
  const money = `${balance.spentUsd.toFixed(2)} USD spent, ${balance.reservedUsd.toFixed(2)} held, budget ${balance.budgetUsd?.toFixed(2) ?? '-'}`;
  return `${done} trials recorded (${invalid} invalid), ${left} left; ${money}`;
}

async function receiptOf(run: Run): Promise<Receipt | null> {
  const text = await run.store.get('receipt.json');
  return text === null ? null : receiptSchema.parse(JSON.parse(text));
}

/** Without a receipt of its own, or of a later look, nobody has looked: absence is not known. */
function endOf(
  { state, outcome, error, sinceMs = Number.POSITIVE_INFINITY }: CloudExecution,
  last: Receipt | null,
): RunEnd {
  const receipt = last !== null && Date.parse(last.writtenAt) >= sinceMs ? last : null;
  const unlisted = receipt?.unlisted ?? ['the run ended without a receipt'];
  const remains = { alive: receipt?.alive ?? [], unlisted };
  if (state !== 'done') {
    return { state: 'failed', stopReason: null, error: error ?? `the execution is ${state}`, ...remains };
  }
  const { state: how, stopReason } = outcome as SweepOutcome;
  return { state: how, stopReason, error: null, ...remains };
}
