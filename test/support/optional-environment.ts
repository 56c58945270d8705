/** Environments that a machine may be unable to hold: its tests are then skipped, counted and say why. */
import type { Environment } from '../../lib/local/environment.ts';
import { environmentIn } from './environment.ts';

export type Optional = { environment: Environment; missing: null } | { environment: null; missing: string };

export async function optionalEnvironment(name: string): Promise<Optional> {
  try {
    return { environment: await environmentIn(name), missing: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { environment: null, missing: `environment ${name} cannot be made here: ${reason.slice(0, 300)}` };
  }
}
