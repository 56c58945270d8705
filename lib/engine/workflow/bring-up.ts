import { confirmLifeSeconds, screenLifeSeconds, ttlSeconds } from '../../core/plan/life-seconds.ts';
import type { Plan, PlannedDeployment, TargetName } from '../../core/plan/plan.ts';
import type { ReadyState } from '../../core/ports/target.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import { check } from './check.ts';
import { findDeployment, readPlan } from './documents.ts';
import type { Prepared } from './life-cycle.ts';
import { resourceName } from './names.ts';
import type { ReservedDeployment } from './reserve.ts';

/** A deployment after its start: up with a url, failed with a reason that ends its trials, or stopped half way. */
export type Live = {
  id: string;
  target: TargetName;
  name: string;
  url: string | null;
  failure: { code: 'unhealthy' | 'wrong-output' | 'interrupted'; detail: string } | null;
  stopped: string | null;
  /** What had started is no longer there, as after a crash of the controller: not the configuration's fault. */
  lost: boolean;
  facts: { [name: string]: string | number | null };
  readySeconds: number | null;
};

/** The kit's own limit on a start; a target adds its platform's. */
const READY_ATTEMPTS = 300;

/** Where every deployment begins. */
export function notUp({ id, target }: Pick<ReservedDeployment, 'id' | 'target'>, name: string): Live {
  return { id, target, name, url: null, failure: null, stopped: null, lost: false, facts: {}, readySeconds: null };
}

export async function bringUp(
  w: Workflow,
  ports: EnginePorts,
  deployment: ReservedDeployment,
  prepared: { [preparation: string]: Prepared },
): Promise<Live> {
  const name = resourceName(w.path);
  const base = notUp(deployment, name);
  const made = deployment.preparation === null ? null : (prepared[deployment.preparation] ?? null);
  if (made?.failure) return { ...base, failure: { code: 'unhealthy', detail: `preparation failed: ${made.failure}` } };

  const deployed = await w.step('deploy', async () => {
    const stopped = await ports.stop.read();
    if (stopped !== null) return { stopped, refused: null };
    const plan = await readPlan(ports);
    const planned = findDeployment(plan, deployment.id);
    ports.progress.emit({ type: 'phase', deployment: deployment.id, phase: 'deploy', message: null });
    try {
      await targetOf(ports, deployment.target).deploy({
        runId: ports.runId,
        name,
        deployment: planned,
        artifact: made?.artifact ?? '',
        tokenizer: plan.model.tokenizer,
        ttlSeconds: lifeLimitSeconds(plan, planned),
      });
    } catch (error) {
      return { stopped: null, refused: error instanceof Error ? error.message.slice(0, 1000) : String(error) };
    }
    return { stopped: null, refused: null };
  });
  if (deployed.stopped !== null) return { ...base, stopped: deployed.stopped };
  if (deployed.refused !== null) return { ...base, failure: { code: 'unhealthy', detail: deployed.refused } };

  const ready = await w.poll<ReadyState & { stopped: string | null }>(
    'ready',
    async (last) => {
      const state = await targetOf(ports, deployment.target).ready(name);
      if (last === null)
        ports.progress.emit({ type: 'phase', deployment: deployment.id, phase: 'ready', message: null });
      return { ...state, stopped: await ports.stop.read() };
    },
    (s, attempt) =>
      s.state !== 'starting' || s.stopped !== null || attempt >= READY_ATTEMPTS ? { done: true } : { waitSeconds: 1 },
  );
  if (ready.stopped !== null) return { ...base, stopped: ready.stopped };
  if (ready.state === 'gone') return { ...base, lost: true };
  if (ready.state !== 'ready' || ready.url === null) {
    const detail =
      ready.state === 'starting' ? `not ready after ${READY_ATTEMPTS} checks` : (ready.reason ?? 'failed to start');
    return { ...base, failure: { code: 'unhealthy', detail } };
  }
  const up: Live = { ...base, url: ready.url, facts: ready.facts, readySeconds: ready.startupSeconds };
  return { ...up, ...(await check(w, ports, { id: deployment.id, target: deployment.target, name, url: ready.url })) };
}

/** Deadline inside the host: what the plan priced as this deployment's worst case. */
function lifeLimitSeconds(plan: Plan, planned: PlannedDeployment): number {
  const where = planned.configuration.target;
  const together = plan.deployments.filter((d) => d.group === planned.group).map((d) => d.configuration.target);
  const screening = screenLifeSeconds(where, plan.load, together.length);
  return ttlSeconds(where, Math.max(screening, confirmLifeSeconds(together, plan.load)));
}
