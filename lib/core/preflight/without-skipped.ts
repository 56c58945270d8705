/** The plan that is left when a preflight has skipped some of it: everything that follows counts, prices and runs only that. */
import { estimate } from '../plan/estimate.ts';
import type { Plan, SkippedRow } from '../plan/plan.ts';

/** @returns the same plan where nothing is skipped. A plan without deployments has nothing to run: refuse it. */
export function withoutSkipped(plan: Plan, skipped: readonly SkippedRow[]): Plan {
  if (skipped.length === 0) return plan;
  const gone = new Set(skipped.map((row) => `${row.configuration}@${row.target}/${row.instanceType}`));
  const deployments = plan.deployments.filter(({ id }) => !gone.has(id));
  const needed = new Set(deployments.map(({ preparation }) => preparation));
  const preparations = plan.preparations.filter(({ id }) => needed.has(id));
  return {
    ...plan,
    deployments,
    preparations,
    trials: plan.trials.filter(({ deployment }) => !gone.has(deployment)),
    skipped: [...plan.skipped, ...skipped],
    estimate: estimate({ ...plan, preparations, deployments }),
  };
}
