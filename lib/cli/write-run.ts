import type { Plan } from '../core/plan/plan.ts';
import type { Planned, Run } from './kit.ts';

/** Everything a run is carried and resumed from; the plan last, because a run with a plan counts as begun. */
export async function writeRun(run: Run, planned: Extract<Planned, { ok: true }>, plan: Plan): Promise<void> {
  const files: [string, string | null][] = [
    ['experiment.yaml', planned.experimentText],
    ['inputs.jsonl', planned.inputs],
    ['golden.jsonl', planned.golden],
    ['lock.json', `${JSON.stringify(planned.lock, null, 2)}\n`],
    ['plan.json', `${JSON.stringify(plan, null, 2)}\n`],
  ];
  for (const [key, text] of files) if (text !== null) await run.store.put(key, text);
}
