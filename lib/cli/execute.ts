/** Drives one execution of a run from the terminal: signals, deadline, live view, the end in words. Shared by run and resume. */

import type { Plan } from '../core/plan/plan.ts';
import type { StopFlag, StopReason } from '../core/ports/stop.ts';
import type { EnginePorts } from '../engine/ports.ts';
import { destroyAll, type RunEnd, runSweep } from '../engine/run.ts';
import { workflows } from '../engine/workflow/sweep.ts';
import { CliError } from './cli-error.ts';
import { conclude } from './conclude.ts';
import { type ExitCode, exitCodes, worstOf } from './exit-codes.ts';
import type { Carried, Kit, Run } from './kit.ts';
import { note, paint } from './output.ts';
import { openView, type View } from './view.ts';

export interface ExecuteOptions {
  json: boolean;
  events: boolean;
  /** Epoch milliseconds at which the run's budget of hours ends; null for no limit. */
  deadlineMs: number | null;
}

/** @returns the exit code, after everything has been printed. */
export async function execute(kit: Kit, run: Run, plan: Plan, o: ExecuteOptions): Promise<ExitCode> {
  const lock = run.lock();
  if (lock === null) {
    throw new CliError(
      exitCodes.preflight,
      `run ${run.id} is being driven by another process`,
      `infersweep status ${run.id}`,
    );
  }
  try {
    return await underLock(kit, run, plan, o);
  } finally {
    lock.release();
  }
}

async function underLock(kit: Kit, run: Run, plan: Plan, o: ExecuteOptions): Promise<ExitCode> {
  kit.settle(plan);
  let view: View | null = null;
  const stop = new TerminalStop(kit, o.deadlineMs);
  const ports = kit.ports(run, plan, { progress: { emit: (e) => view?.emit(e) }, stop });
  const carried = openCarrier(kit, run, ports);
  if (carried.cutBytes > 0) note(`cut ${carried.cutBytes} bytes of an unfinished line off the journal`);
  view = openView(plan, o);
  const untrap = trapSignals(stop, view, async () => destroyAll(ports, kit.wait));
  view.emit({ type: 'run', state: carried.continued ? 'resumed' : 'started', reason: run.id });
  let end: RunEnd;
  try {
    end = await runSweep(ports, () => carried.carry('sweep', null), kit.wait);
  } finally {
    untrap();
    carried.close();
    await view.close();
  }
  return worstOf([...codesOf(end), ...(await conclude(kit, run, plan, o, end))]);
}

/** A journal that cannot be read is refused, not guessed at: it holds what was created. */
function openCarrier(kit: Kit, run: Run, ports: EnginePorts): Carried {
  try {
    return kit.carrier(run, workflows(ports));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.preflight, `run ${run.id} cannot be taken up: ${why}`, `infersweep status ${run.id}`);
  }
}

function codesOf(end: RunEnd): ExitCode[] {
  const codes: ExitCode[] = [];
  if (end.alive.length > 0) codes.push(exitCodes.leak);
  if (end.state === 'failed') codes.push(exitCodes.bug);
  if (end.state === 'stopped') codes.push(exitCodes.interrupted);
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
function trapSignals(
  stop: TerminalStop,
  view: View,
  destroy: () => Promise<{ kind: string; id: string; name: string }[]>,
): () => void {
  let signals = 0;
  const onSignal = () => {
    signals++;
    if (signals === 1) {
      stop.ask();
      view.emit({ type: 'run', state: 'stopping', reason: 'tearing down; press Ctrl-C again to leave at once' });
      return;
    }
    void destroy().then(
      (alive) => {
        for (const a of alive) note(paint('red', `still alive: ${a.kind} ${a.id} (${a.name})`));
        process.exit(alive.length > 0 ? exitCodes.leak : exitCodes.interrupted);
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
