/** Plans of the repository's examples, as the command line makes them. */
import { join } from 'node:path';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { loadExperiment } from '../../lib/files/load-experiment.ts';

/** @param reference folder below `examples`, or a file in it. */
export async function examplePlan(reference: string): Promise<Plan> {
  const loaded = await loadExperiment(join('examples', reference), { kitVersion: '0', localCores: 2 });
  if (!loaded.ok) throw new Error(`${reference}: ${'lines' in loaded ? loaded.lines.join('\n') : loaded.message}`);
  return loaded.plan;
}
