/** Drives one execution of a run from the terminal: signals, deadline, live view, the end in words. Shared by run and resume. */

import type { Plan } from '../core/plan/plan.ts';
import { LeaseLost } from '../core/ports/lease.ts';
import type { StopFlag, StopReason } from '../core/ports/stop.ts';
import type { EnginePorts } from '../engine/ports.ts';
import { destroyAll, type Remains, type RunEnd, runSweep, waitHolding } from '../engine/run.ts';
import { workflows } from '../engine/workflow/sweep.ts';
import { CliError } from './cli-error.ts';
import { conclude } from './conclude.ts';
import { isCloud } from './driver.ts';
import { pull, push } from './exchange.ts';
import { type ExitCode, exitCodes, worstOf } from './exit-codes.ts';
import type { Carried, Kit, Run, Taken } from './kit.ts';
import { note, paint } from './output.ts';
import { isLeaking, remainLines } from './remain-lines.ts';
import { runsBeside } from './runs-beside.ts';
import { openView, type View } from './view.ts';

export interface ExecuteOptions {
  json: boolean;
  events: boolean;
  /** Epoch milliseconds at which the run's budget of hours ends; null for no limit. */
  deadlineMs: number | null;
}

/** @returns the exit code, after everything has been printed. */
export async function execute(kit: Kit, run: Run, plan: Plan, o: ExecuteOptions): Promise<ExitCode> {
  const taken = await takeOrThrow(kit, run, plan);
  try {
    return await drive(kit, run, plan, taken, o);
  } finally {
    await taken.release();
  }
}

export async function takeOrThrow(kit: Pick<Kit, 'take'>, run: Run, plan: Plan): Promise<Taken> {
  const taken = await kit.take(run, plan);
  if (taken !== null) return taken;
  const abandoned = isCloud(plan) ? '; one that has died is taken for dead after 60 s' : '';
  const message = `run ${run.id} is being driven by another process${abandoned}`;
  throw new CliError(exitCodes.preflight, message, `infersweep status ${run.id}`);
}

async function drive(kit: Kit, run: Run, plan: Plan, taken: Taken, o: ExecuteOptions): Promise<ExitCode> {
  kit.settle(plan);
  for (const id of await runsBeside(kit, run, plan))
    note(
      `warning: ${id} is measuring on this machine as well: neither has its cores to itself, so their figures are too low`,
    );
  let view: View | null = null;
  const stop = new TerminalStop(kit, o.deadlineMs);
  const ports = await kit.ports(run, plan, { progress: { emit: (e) => view?.emit(e) }, stop, taken });
  await push(run, ports);
  if (isCloud(plan)) await kit.prepareHere(run, plan, note);
  const wait = waitHolding(kit.wait, taken.renew);
  const carried = openCarrier(kit, run, ports, wait);
  if (carried.cutBytes > 0) note(`cut ${carried.cutBytes} bytes of an unfinished line off the journal`);
  view = openView(plan, o);
  const untrap = trapSignals(stop, view, async () => destroyAll(ports, wait));
  view.emit({ type: 'run', state: carried.continued ? 'resumed' : 'started', reason: run.id });
  let end: RunEnd;
  try {
    end = await runSweep(ports, () => carried.carry('sweep', null), wait);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    throw new CliError(exitCodes.preflight, error.message, `infersweep status ${run.id}`);
  } finally {
    untrap();
    carried.close();
    await view.close();
  }
  await pull(run, ports);
  return worstOf([...codesOf(end), ...(await conclude(kit, run, plan, o, end))]);
}

/** A journal that cannot be read is refused, not guessed at: it holds what was created. */
function openCarrier(kit: Kit, run: Run, ports: EnginePorts, wait: Kit['wait']): Carried {
  try {
    return kit.carrier(run, workflows(ports), wait);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.preflight, `run ${run.id} cannot be taken up: ${why}`, `infersweep status ${run.id}`);
  }
}

export function codesOf(end: RunEnd): ExitCode[] {
  const codes: ExitCode[] = [];
  if (isLeaking(end)) codes.push(exitCodes.leak);
  if (end.state === 'failed') codes.push(exitCodes.bug);
  // What the budget left undone ends without a measurement; everybody else asked for the end.
  if (end.state === 'stopped') {
    codes.push(end.stopReason === 'budget' ? exitCodes.invalidTrial : exitCodes.interrupted);
  }
  return codes;
}

class TerminalStop implements StopFlag {
  private asked: StopReason | null = null;
  private readonly kit: Kit;
  private readonly deadlineMs: number | null;

  constructor(kit: Kit, deadlineMs: number | null) {
    this.kit = kit;
    this.deadlineMs = deadlineMs;
  }

  ask(): void {
    this.asked = 'interrupt';
  }

  async read(): Promise<StopReason | null> {
    if (this.asked !== null) return this.asked;
    return this.deadlineMs !== null && this.kit.now().getTime() >= this.deadlineMs ? 'deadline' : null;
  }
}

/** First signal: stop and tear down. Second: say what is alive and leave. Returns how to undo it. */
function trapSignals(stop: TerminalStop, view: View, destroy: () => Promise<Remains>): () => void {
  let signals = 0;
  const onSignal = () => {
    signals++;
    if (signals === 1) {
      stop.ask();
      view.emit({ type: 'run', state: 'stopping', reason: 'tearing down; press Ctrl-C again to leave at once' });
      return;
    }
    void destroy().then(
      (remains) => {
        for (const line of remainLines(remains)) note(paint('red', line));
        process.exit(isLeaking(remains) ? exitCodes.leak : exitCodes.interrupted);
      },
      () => process.exit(exitCodes.leak),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
