/** How long loading takes, from the load plan alone. */
import type { LoadPlan } from './load-plan.ts';

/** One deployment's windows of one screening trial, in seconds. */
export function screenSeconds(load: LoadPlan): number {
  return load.stairs.length * load.rounds * load.windowSeconds;
}

/** One finalist's windows of one confirmation trial, in seconds. */
export function confirmSeconds(load: LoadPlan): number {
  return (load.confirmation?.rounds ?? 0) * load.windowSeconds;
}
