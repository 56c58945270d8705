/**
 * The adaptive sweep: one visit after the other, each proposed from everything recorded so far. A visit is a group of one
 * deployment that is loaded until the search wants another. Replays and resumed runs read the same records and so propose
 * the same.
 */
import type { Plan } from '../../core/plan/plan.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { Next } from '../../core/search/next-trial.ts';
import { untried } from '../../core/search/untried.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import { findDeployment, readHistory, readPlan, searchOf } from './documents.ts';
import type { GroupOutcome, Prepared } from './life-cycle.ts';
import { DOCUMENT_RETRY } from './patient.ts';
import { failedPreparation, type PrepareOutcome } from './prepare.ts';
import { combined, preparedRecord, type ShardOutcome } from './shard.ts';

export type SearchInput = {
  /** Visits to configurations that had been loaded before. */
  revisits: number;
  /** Visited so far, where a visit may load others in place: the first own visit of one of these is no revisit. */
  visited?: readonly string[];
  /** Artifacts made so far; each is made when it is first wanted. */
  prepared: readonly { id: string; made: Prepared }[];
};

type Proposed = {
  stopped: string | null;
  visit: {
    deployment: string;
    group: string;
    preparation: string | null;
    again: boolean;
    /** Others may be loaded there in place. */
    changeable: boolean;
  } | null;
  /** Trials ended without having run. */
  skipped: number;
};

export async function search(w: Workflow, ports: EnginePorts, input: SearchInput): Promise<ShardOutcome> {
  const proposed = await w.step('reserve', () => propose(ports, input), { retry: DOCUMENT_RETRY });
  const nothing: ShardOutcome = { state: 'done', stopReason: null, recorded: 0, left: [], leftCount: 0 };
  const { stopped, visit, skipped } = proposed;
  if (stopped !== null) return { ...nothing, state: 'stopped', stopReason: stopped };
  if (visit === null) return { ...nothing, recorded: skipped };

  const prepared = [...input.prepared];
  const known = prepared.find((p) => p.id === visit.preparation);
  if (visit.preparation !== null && known === undefined) {
    const id = visit.preparation;
    const made = await w.call<PrepareOutcome>('prepare', 'preparation', { id }).catch((error: Error) => ({
      stopped: null,
      prepared: failedPreparation(error.message),
    }));
    if (made.stopped !== null) return { ...nothing, state: 'stopped', stopReason: made.stopped };
    prepared.push({ id, made: made.prepared });
  }
  const visited = await w.call<GroupOutcome>('visit', 'group', {
    group: visit.group,
    purpose: 'search',
    prepared: preparedRecord(prepared.filter((p) => p.id === visit.preparation)),
    attempt: 1,
  });
  const outcome = { ...visited, leftCount: visited.left.length };
  if (visited.state === 'stopped') return outcome;
  const revisits = input.revisits + (visit.again ? 1 : 0);
  const before = input.visited ?? [];
  const full = before.length >= MOST_VISITED || before.includes(visit.deployment);
  const now = visit.changeable && !full ? [...before, visit.deployment] : before;
  const next = { revisits, prepared, ...(now.length > 0 ? { visited: now } : {}) };
  return combined([outcome, await w.call<ShardOutcome>('next', 'search', next)]);
}

/** So many fit into a durable value. Beyond, what was loaded before is taken for visited: the bound only comes sooner. */
const MOST_VISITED = 300;

/** At the end, what was left out is recorded with its reason, so that every configuration has an end on record. */
async function propose(ports: EnginePorts, { revisits, visited = [] }: SearchInput): Promise<Proposed> {
  const stopped = await ports.stop.read();
  if (stopped !== null) return { stopped, visit: null, skipped: 0 };
  const plan = await readPlan(ports);
  const history = await readHistory(ports, []);
  const next = (await searchOf(ports)).next(history);
  if ('stop' in next) return { stopped: null, visit: null, skipped: await leaveOut(ports, plan, next, null) };
  const { id, group, preparation, configuration } = findDeployment(plan, next.trial.configuration);
  const changeable = targetOf(ports, configuration.target).reconfigure !== undefined;
  const inPlaceAlone = changeable && visited.length < MOST_VISITED && !visited.includes(id);
  const again = !inPlaceAlone && history.measurements.some((m) => m.configuration.id === id);
  const { revisits: most } = plan.load.adaptive!;
  if (again && revisits >= most) {
    const ended = `it would have visited configurations that were loaded before more than ${most} times`;
    return { stopped: null, visit: null, skipped: await leaveOut(ports, plan, next, ended) };
  }
  ports.progress.emit({ type: 'phase', deployment: id, phase: 'reserve', message: `next: ${next.trial.id}` });
  return { stopped: null, visit: { deployment: id, group, preparation, again, changeable }, skipped: 0 };
}

async function leaveOut(ports: EnginePorts, plan: Plan, next: Next, ended: string | null): Promise<number> {
  const left = untried(plan, next.session.notebook, 'stop' in next ? next.stop : null, ended);
  for (const { configuration: id, reason } of left) {
    const { name: configuration, target, instanceType } = findDeployment(plan, id).configuration;
    const row = { configuration, target, instanceType, code: 'search' as const, rule: null, fix: reason };
    for (const trial of plan.trials.filter((t) => t.deployment === id))
      await ports.records.skip({ trial: trial.id, row });
    ports.progress.emit({ type: 'phase', deployment: id, phase: 'record', message: reason });
  }
  return left.length;
}
