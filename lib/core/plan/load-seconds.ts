/** How long loading takes, from the load plan alone. */
import { shapeSeconds } from '../load/shape.ts';
import type { LoadPlan } from './load-plan.ts';

/** A shape with a length of its own is loaded whole, whatever the window. */
export function stairSeconds(load: LoadPlan, { shape }: LoadPlan['stairs'][number]): number {
  return shapeSeconds(shape) ?? load.windowSeconds;
}

/** One deployment's windows of one screening trial, in seconds, with all that may be added; with an adaptive search, of one visit at most. */
export function screenSeconds(load: LoadPlan): number {
  if (load.adaptive) return load.adaptive.trialsPerVisit * (load.dropSeconds + load.adaptive.trialSeconds);
  const added = (load.refine?.steps ?? 0) * load.windowSeconds;
  return load.rounds * (added + load.stairs.reduce((sum, stair) => sum + stairSeconds(load, stair), 0));
}

/** Loads of one confirmation: the best, and where steps were added, a lower one if that does not hold again. */
export function confirmLegs({ refine }: Pick<LoadPlan, 'refine'>): number {
  return refine === undefined ? 1 : 2;
}

/** One finalist's windows of one confirmation trial, in seconds: at most, because its best stair is not known yet. */
export function confirmSeconds(load: LoadPlan): number {
  const windows = (load.confirmation?.rounds ?? 0) * confirmLegs(load);
  return windows * Math.max(...load.stairs.map((stair) => stairSeconds(load, stair)));
}
