/** A run goes on with the plan that it began with: its records, names and holds are of that one. */
import { createHash } from 'node:crypto';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Run } from './kit.ts';

/** Stands in `lock.json`. */
export function sealOf(planText: string): string {
  return createHash('sha256').update(planText).digest('hex');
}

/** Of a run that has begun; null of an earlier release, which wrote none. */
export async function sealOfRun(run: Run): Promise<string | null> {
  const lock = await run.store.get('lock.json');
  return lock === null ? null : ((JSON.parse(lock) as { planSha256?: string }).planSha256 ?? null);
}

/** @throws CliError when `plan.json` is not the one that was sealed. A run of an earlier release has no seal. */
export async function refuseEditedPlan(run: Run): Promise<void> {
  const [plan, planSha256] = [await run.store.get('plan.json'), await sealOfRun(run)];
  if (plan === null || planSha256 === null) return;
  const now = sealOf(plan);
  if (planSha256 === now) return;
  throw new CliError(
    exitCodes.usage,
    `plan.json of run ${run.id} was edited after the run began (SHA-256 ${now.slice(0, 12)}…, begun with ${planSha256.slice(0, 12)}…): its records would be of two plans`,
    'undo the edit, or start a new run: infersweep run experiment.yaml',
  );
}
