import { type Plan, planSchema } from '../core/plan/plan.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit, Run } from './kit.ts';

/** The run that a verb is about; the newest when none is named. @throws CliError saying which runs there are. */
export async function openRunOrThrow(kit: Kit, reference: string | undefined): Promise<{ run: Run; plan: Plan }> {
  const named = reference ?? kit.listRuns().at(-1);
  if (named === undefined) {
    throw new CliError(exitCodes.usage, `there is no run in ${kit.runsFolder}`, 'infersweep run experiment.yaml');
  }
  const run = kit.openRun(named);
  if (run === null) {
    const known = kit.listRuns().slice(-5);
    const message = `there is no run "${named}"${known.length ? `; the newest are ${known.join(', ')}` : ''}`;
    throw new CliError(exitCodes.usage, message, 'infersweep status');
  }
  const text = await run.store.get('plan.json');
  const parsed = text === null ? null : planSchema.safeParse(parseJson(text));
  if (!parsed?.success) {
    const why =
      text === null ? 'has no plan.json: it never got past planning' : 'has a plan.json that this version cannot read';
    throw new CliError(exitCodes.usage, `run ${run.id} ${why}`, 'infersweep run experiment.yaml');
  }
  return { run, plan: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
