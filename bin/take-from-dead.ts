/** The lease of a run, for whoever starts what is to drive it: also after a controller that died with it. */
import { takeOrThrow } from '../lib/cli/execute.ts';
import type { Kit, Run, Taken } from '../lib/cli/kit.ts';
import type { Plan } from '../lib/core/plan/plan.ts';

/** A minute, after which a lease is taken for abandoned, and somewhat more. */
const LEASE_TRIES = 8;
const LEASE_TRY_SECONDS = 10;

/** @throws CliError where another process is still driving the run */
export async function takeFromDead(kit: Pick<Kit, 'take' | 'wait'>, run: Run, plan: Plan): Promise<Taken> {
  for (let attempt = 1; attempt < LEASE_TRIES; attempt++) {
    const taken = await kit.take(run, plan);
    if (taken !== null) return taken;
    await kit.wait(LEASE_TRY_SECONDS);
  }
  return takeOrThrow(kit, run, plan);
}
