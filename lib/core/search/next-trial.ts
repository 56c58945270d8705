/** What a run does next: its plan and everything recorded so far, and nothing else, decide it. */
import type { Measurement } from '../measure/measurement.ts';
import type { Plan } from '../plan/plan.ts';
import { failedObservation, observationOf } from './observation-of.ts';
import { Session } from './propose.ts';
import type { Outcome } from './search.ts';
import { spaceOfPlan } from './space-of-plan.ts';
import type { Observation, Trial } from './trial.ts';

export interface SearchHistory {
  /** Recorded, and those of a visit that are not yet: in any order. */
  measurements: readonly Measurement[];
  /** Trials that ended without having run. */
  skipped: ReadonlySet<string>;
}

export type Next = { trial: Trial; session: Session } | { stop: Outcome; session: Session };

/** Answers like `nextTrial`, and goes on from its last answer where the history has only grown since. */
export class Search {
  private readonly plan: Plan;
  private session: Session;
  private readonly told = new Set<string>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.session = new Session(spaceOfPlan(plan));
  }

  /** The id of a trial of the search is that of its measurement; those in the plan stand for a configuration's whole visit. */
  next({ measurements, skipped }: SearchHistory): Next {
    const { plan } = this;
    const known = new Map(measurements.map((m) => [m.trial, m]));
    const ended = new Set(plan.trials.filter((t) => known.has(t.id) || skipped.has(t.id)).map((t) => t.deployment));
    if ([...this.told].some((id) => !known.has(id))) {
      this.session = new Session(spaceOfPlan(plan));
      this.told.clear();
    }
    for (;;) {
      const { session } = this;
      const { proposal } = session;
      if ('stop' in proposal) return { stop: proposal.stop, session };
      const observations: Observation[] = [];
      for (const trial of proposal.trials) {
        const measurement = known.get(trial.id);
        if (measurement !== undefined) observations.push(observationOf(trial, measurement, plan.slo));
        else if (ended.has(trial.configuration)) observations.push(failedObservation(trial.id));
        else return { trial, session };
      }
      for (const { id } of proposal.trials) if (known.has(id)) this.told.add(id);
      session.tell(observations);
    }
  }
}

export function nextTrial(plan: Plan, history: SearchHistory): Next {
  return new Search(plan).next(history);
}
