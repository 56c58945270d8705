import type { Plan } from '../core/plan/plan.ts';
import type { Kit, Run } from './kit.ts';

/** Whether a process drives a run now: nobody can take what it holds. */
export async function isDrivenHere(kit: Pick<Kit, 'take'>, run: Run, plan: Plan): Promise<boolean> {
  const taken = await kit.take(run, plan);
  await taken?.release();
  return taken === null;
}
