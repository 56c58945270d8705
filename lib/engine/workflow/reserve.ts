import type { Measurement } from '../../core/measure/measurement.ts';
import type { Plan, TargetName } from '../../core/plan/plan.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import { finalistsOf } from '../../core/search/finalists.ts';
import type { EnginePorts } from '../ports.ts';
import { findDeployment, plannedFor, readPlan } from './documents.ts';
import type { GroupInput } from './life-cycle.ts';
import { DOCUMENT_RETRY } from './patient.ts';

export type ReservedDeployment = {
  id: string;
  /** Where it lives, so that teardown needs no document. */
  target: TargetName;
  preparation: string | null;
  /** Trials of this deployment that have no record yet. */
  trials: string[];
  /** Stair to confirm at; null while screening. */
  stair: string | null;
  /** It was on Spot and was taken away: now on-demand. */
  onDemand?: boolean;
};

export type Reservation = {
  stopped: string | null;
  deployments: ReservedDeployment[];
};

/** What of the group is still to do. Trials with a record are never run again, in this execution or a later one. */
export async function reserve(w: Workflow, ports: EnginePorts, input: GroupInput): Promise<Reservation> {
  return w.step(
    'reserve',
    async () => {
      const stopped = await ports.stop.read();
      if (stopped !== null) return { stopped, deployments: [] };
      const plan = await readPlan(ports);
      const records = await ports.records.list();
      const wanted = input.purpose === 'confirm' ? finalists(plan, records) : screening(plan, input.group);
      const done = new Set([...records, ...(await ports.records.skipped())].map((r) => r.trial));
      const deployments = wanted
        .map((d) => ({
          ...d,
          trials: d.trials.filter((t) => !done.has(t)),
          ...(input.interrupted && mayLeaveSpot(plan, d.id) ? { onDemand: true } : {}),
        }))
        .filter((d) => d.trials.length > 0);
      ports.progress.emit({
        type: 'phase',
        deployment: null,
        phase: 'reserve',
        message: `${deployments.length} to run`,
      });
      return { stopped: null, deployments };
    },
    { retry: DOCUMENT_RETRY },
  );
}

/** Under a budget only where the price on-demand is known: nothing could be held for it. */
function mayLeaveSpot(plan: Plan, id: string): boolean {
  if (findDeployment(plan, id).purchase !== 'spot') return false;
  return plan.budget.usd === null || plannedFor(plan, { id, onDemand: true }).usdPerHour !== null;
}

function screening(plan: Plan, group: string): ReservedDeployment[] {
  return plan.deployments.filter((d) => d.group === group).map((d) => reserved(plan, d.id, 'screen', null));
}

function finalists(plan: Plan, records: readonly Measurement[]): ReservedDeployment[] {
  return finalistsOf(plan, records).map(({ configuration, stair }) => reserved(plan, configuration, 'confirm', stair));
}

function reserved(plan: Plan, id: string, purpose: 'screen' | 'confirm', stair: string | null): ReservedDeployment {
  const { preparation, configuration } = findDeployment(plan, id);
  const trials = plan.trials.filter((t) => t.deployment === id && t.purpose === purpose).map((t) => t.id);
  return { id, target: configuration.target, preparation, trials, stair };
}
