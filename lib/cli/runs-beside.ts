/** Other runs that measure on this machine now: each takes from the other the cores that it is measured on. */
import type { Plan } from '../core/plan/plan.ts';
import { isDrivenHere } from './driven-here.ts';
import { isCloud } from './driver.ts';
import type { Kit, Run } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';

/** Newest runs that are looked at: an older one has ended, or has nobody who drives it. */
const LOOKED_AT = 5;

/** Their ids; none for a plan that runs elsewhere. Runs of another folder are not seen. */
export async function runsBeside(
  kit: Pick<Kit, 'listRuns' | 'openRun' | 'take' | 'runsFolder'>,
  run: Pick<Run, 'id'>,
  plan: Plan,
): Promise<string[]> {
  if (isCloud(plan)) return [];
  const beside: string[] = [];
  for (const id of kit
    .listRuns()
    .filter((other) => other !== run.id)
    .slice(-LOOKED_AT)) {
    const other = await openRunOrThrow(kit as Kit, id).catch(() => null);
    if (other === null || isCloud(other.plan)) continue;
    if (await isDrivenHere(kit, other.run, other.plan)) beside.push(id);
  }
  return beside;
}
