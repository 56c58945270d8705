/** A trial of the search as a load job runs it, and as its measurement is recorded. */
import type { Segment, Shape } from '../load/job.ts';
import type { LoadPlan } from '../plan/load-plan.ts';
import type { Plan, PlannedTrial } from '../plan/plan.ts';
import { segmentId } from '../plan/segments.ts';
import { batchingOf } from './batching-of.ts';
import { nameOf, type Trial } from './trial.ts';

/** While one batch is served the next is on its way. */
const BATCHES_UNDER_WAY = 2;
const MOST_USERS = 4096;

/** Stair of a trial that only times full batches: its rate is none that an objective was kept at. */
export const TIMING_STAIR = nameOf({ kind: 'saturate' });

export interface TrialLoad {
  /** The load plan in which the trial's stair is the only one. */
  load: LoadPlan;
  trial: PlannedTrial;
  segment(endpoint: string): Segment;
}

export function trialLoad(plan: Plan, { id, configuration, load, seconds, purpose }: Trial): TrialLoad {
  const { dropSeconds } = plan.load;
  const stair = { id: nameOf(load), shape: shapeOf(plan, configuration, load) };
  const repeat = Number(id.slice(id.lastIndexOf('#') + 1));
  const whole = dropSeconds + seconds;
  return {
    load: { ...plan.load, stairs: [stair], windowSeconds: whole },
    trial: {
      id,
      deployment: configuration,
      repeat,
      purpose: purpose === 'confirm' ? 'confirm' : 'screen',
      secondsExpected: whole,
    },
    segment: (endpoint) => ({
      id: segmentId(repeat, 0, stair.id, endpoint),
      endpoint,
      shape: stair.shape,
      seconds: whole,
      dropSeconds,
    }),
  };
}

function shapeOf(plan: Plan, configuration: string, load: Trial['load']): Shape {
  switch (load.kind) {
    case 'rate':
      return { kind: 'poisson', ratePerSecond: load.perSecond };
    case 'users':
      return { kind: 'closed', users: load.users };
    case 'saturate': {
      const planned = plan.deployments.find((d) => d.id === configuration)!;
      const { instances, maxBatch } = batchingOf(planned.configuration, plan.itemsPerRequest)!;
      return { kind: 'closed', users: Math.min(MOST_USERS, BATCHES_UNDER_WAY * instances * maxBatch) };
    }
  }
}
