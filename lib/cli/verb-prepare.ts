import type { Command } from 'commander';
import type { Plan, Preparation } from '../core/plan/plan.ts';
import type { Json } from '../core/ports/workflow.ts';
import type { PreparedOutcome } from '../engine/workflow/prepare.ts';
import { workflows } from '../engine/workflow/sweep.ts';
import { takeOrThrow } from './execute.ts';
import { type ExitCode, exitCodes, worstOf } from './exit-codes.ts';
import type { Kit, Planned } from './kit.ts';
import { printJson, say, seconds } from './output.ts';
import { planOrThrow } from './planning.ts';
import { table } from './table.ts';
import { openView } from './view.ts';
import { writeRun } from './write-run.ts';

/** One line of what was prepared, or would be. */
interface Line {
  id: string;
  kind: Preparation['kind'];
  host: Preparation['host'];
  /** Machine that makes it; null: this one can. */
  needs: string | null;
  device: string | null;
  state: 'made' | 'cached' | 'failed' | 'stopped' | 'needs' | 'planned';
  /** Spent, or expected where nothing was done. */
  seconds: number;
  artifact: string | null;
  /** Why there is no artifact. */
  reason: string | null;
}

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('prepare')
    .description('make every artifact of an experiment, outside any trial; what is there already is kept')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--json', 'print the outcome as one JSON document')
    .option('--dry-run', 'say what would be made, and where; writes nothing')
    .action(async (experiment: string, o: { json?: boolean; dryRun?: boolean }) => {
      const planned = await planOrThrow(kit, experiment);
      const { plan } = planned;
      const lines = o.dryRun ? plan.preparations.map(expected) : await make(kit, planned, plan);
      if (o.json) printJson({ schema: 'infersweep.prepare.v1', experiment: plan.experiment, preparations: lines });
      else for (const line of shown(lines)) say(line);
      leave(codeOf(lines, o.dryRun ?? false));
    });
}

function expected({ id, kind, host, needs, device, secondsExpected }: Preparation): Line {
  const state = needs === null ? 'planned' : 'needs';
  return { id, kind, host, needs, device, state, seconds: secondsExpected, artifact: null, reason: null };
}

async function make(kit: Kit, planned: Extract<Planned, { ok: true }>, plan: Plan): Promise<Line[]> {
  if (plan.preparations.length === 0) return [];
  const run = kit.createRun(`${plan.experiment}-prepare`);
  await writeRun(run, planned, plan);
  const view = openView(plan, { events: false });
  let interrupted = false;
  const onSignal = () => {
    interrupted = true;
  };
  process.on('SIGINT', onSignal);
  const stop = { read: async () => (interrupted ? ('interrupt' as const) : null) };
  // Everything that is made here is made without a deployment, wherever it will serve.
  const here = { ...plan, deployments: [] };
  const taken = await takeOrThrow(kit, run, here);
  const carried = kit.carrier(run, workflows(await kit.ports(run, here, { progress: view, stop, taken })));
  try {
    const outcomes = (await carried.carry('prepare', null)) as Json as PreparedOutcome[];
    return plan.preparations.map((p) => lineOf(p, outcomes.find((outcome) => outcome.id === p.id)!));
  } finally {
    process.off('SIGINT', onSignal);
    carried.close();
    await taken.release();
    await view.close();
  }
}

function lineOf(preparation: Preparation, { refused, stopped, prepared }: PreparedOutcome): Line {
  const base = expected(preparation);
  if (prepared === null) return { ...base, state: 'needs', reason: refused };
  const { artifact, seconds: spent, cached, failure } = prepared;
  if (failure !== null) return { ...base, state: stopped ? 'stopped' : 'failed', seconds: spent, reason: failure };
  return { ...base, state: cached ? 'cached' : 'made', seconds: spent, artifact };
}

function shown(lines: readonly Line[]): string[] {
  if (lines.length === 0) return ['nothing to prepare: no runtime of this experiment serves a model'];
  const rows = lines.map((l) => [
    l.kind,
    l.host,
    l.needs ?? 'this machine',
    l.device ?? '-',
    l.state,
    l.state === 'planned' || l.state === 'needs' ? `about ${seconds(l.seconds)}` : `${l.seconds.toFixed(1)} s`,
  ]);
  const reasons = new Set(lines.flatMap((l) => (l.reason === null ? [] : [`${l.kind}: ${l.reason}`])));
  return [...table(['preparation', 'for', 'made on', 'device', 'state', 'time'], rows), ...reasons];
}

/** 3 only when nothing at all could be done here; what one machine cannot make must not fail what it can. */
function codeOf(lines: readonly Line[], dryRun: boolean): ExitCode {
  const some = (state: Line['state']) => lines.some((l) => l.state === state);
  if (dryRun) return exitCodes.ok;
  return worstOf([
    ...(some('stopped') ? [exitCodes.interrupted] : []),
    ...(some('failed') ? [exitCodes.invalidTrial] : []),
    ...(lines.length > 0 && lines.every((l) => l.state === 'needs') ? [exitCodes.preflight] : []),
  ]);
}
