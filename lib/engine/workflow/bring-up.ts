import type { LoadJob } from '../../core/load/job.ts';
import { parseExamples, requestBodies } from '../../core/load/requests.ts';
import { confirmLifeSeconds, screenLifeSeconds, ttlSeconds } from '../../core/plan/life-seconds.ts';
import type { Plan, PlannedDeployment } from '../../core/plan/plan.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { ReadyState } from '../../core/ports/target.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readLoadResult, readPlan, readText } from './documents.ts';
import { endpointOf } from './endpoint.ts';
import type { Prepared } from './life-cycle.ts';
import { resourceName } from './names.ts';
import type { ReservedDeployment } from './reserve.ts';

/** A deployment after its start: up with a url, failed with a reason that ends its trials, or stopped half way. */
export type Live = {
  id: string;
  name: string | null;
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

export async function bringUp(
  w: Workflow,
  ports: EnginePorts,
  deployment: ReservedDeployment,
  prepared: { [preparation: string]: Prepared },
): Promise<Live> {
  const name = resourceName(w.path);
  const base: Live = {
    id: deployment.id,
    name,
    url: null,
    failure: null,
    stopped: null,
    lost: false,
    facts: {},
    readySeconds: null,
  };
  const made = deployment.preparation === null ? null : (prepared[deployment.preparation] ?? null);
  if (made?.failure) return { ...base, failure: { code: 'unhealthy', detail: `preparation failed: ${made.failure}` } };

  const deployed = await w.step('deploy', async () => {
    const stopped = await ports.stop.read();
    if (stopped !== null) return { stopped, refused: null };
    const plan = await readPlan(ports);
    const planned = find(plan, deployment.id);
    ports.progress.emit({ type: 'phase', deployment: deployment.id, phase: 'deploy', message: null });
    try {
      await target(ports, planned).deploy({
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
      const plan = await readPlan(ports);
      const state = await target(ports, find(plan, deployment.id)).ready(name);
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
  return { ...up, ...(await check(w, ports, deployment.id, ready.url)) };
}

type Checked = Pick<Live, 'failure' | 'stopped' | 'lost'>;

/** Sends every input once and compares with the golden outputs before any load; without golden, all must answer 2xx. */
async function check(w: Workflow, ports: EnginePorts, id: string, url: string): Promise<Checked> {
  const end = await w.poll<{ handle: string; load: LoadState; stopped: string | null }>(
    'check',
    async (last) => {
      if (last === null) {
        const plan = await readPlan(ports);
        ports.progress.emit({ type: 'phase', deployment: id, phase: 'check', message: null });
        const handle = await ports.generator.start(await checkJob(ports, plan, id, url, `${w.path}/check`));
        return { handle, load: { state: 'running', progress: null }, stopped: null };
      }
      const stopped = await ports.stop.read();
      if (stopped !== null) await ports.generator.stop(last.handle);
      return { handle: last.handle, load: await ports.generator.check(last.handle), stopped };
    },
    (s) => (s.load.state === 'running' && s.stopped === null ? { waitSeconds: 1 } : { done: true }),
  );
  if (end.stopped !== null) return { failure: null, stopped: end.stopped, lost: false };
  if (end.load.state === 'lost') return { failure: null, stopped: null, lost: true };
  if (end.load.state !== 'done') {
    return {
      failure: { code: 'unhealthy', detail: end.load.state === 'failed' ? end.load.reason : 'unknown' },
      stopped: null,
      lost: false,
    };
  }
  const key = end.load.resultKey;
  const failure = await w.step('verdict', async () => {
    const segment = (await readLoadResult(ports, key)).segments[0]!;
    if (segment.golden.wrong > 0) {
      const detail = `${segment.golden.wrong} of ${segment.golden.checked} golden outputs differ: ${segment.golden.firstMismatch}`;
      return { code: 'wrong-output' as const, detail };
    }
    const bad = Object.entries(segment.errors).filter(([, n]) => n > 0);
    if (bad.length === 0 && segment.good > 0) return null;
    return {
      code: 'unhealthy' as const,
      detail: `check got ${bad.map(([c, n]) => `${n} × ${c}`).join(', ') || 'no answer'}`,
    };
  });
  return { failure, stopped: null, lost: false };
}

async function checkJob(ports: EnginePorts, plan: Plan, id: string, url: string, jobId: string): Promise<LoadJob> {
  const planned = find(plan, id);
  const examples = parseExamples(
    await readText(ports, 'inputs.jsonl'),
    plan.model.golden === null ? null : await readText(ports, 'golden.jsonl'),
  );
  const outputs = String(planned.configuration.parameters['outputs'] ?? 'all');
  const seconds = (examples.length * plan.load.timeoutMs) / 1000;
  return {
    schema: 'infersweep.load-job.v1',
    id: jobId,
    seed: plan.load.seed,
    timeoutMs: plan.load.timeoutMs,
    maxConnections: 1,
    requestLog: false,
    endpoints: { check: endpointOf(plan, url, requestBodies(examples, outputs, plan.itemsPerRequest)) },
    segments: [{ id: '0/check/check', endpoint: 'check', shape: { kind: 'once' }, seconds, dropSeconds: 0 }],
  };
}

export function find(plan: Plan, id: string): PlannedDeployment {
  const found = plan.deployments.find((d) => d.id === id);
  if (!found) throw new Error(`the plan has no deployment ${id}`);
  return found;
}

export function target(ports: EnginePorts, deployment: PlannedDeployment) {
  const found = ports.targets[deployment.configuration.target];
  if (!found) throw new Error(`no target "${deployment.configuration.target}" in this composition`);
  return found;
}

/** Deadline inside the host: what the plan priced as this deployment's worst case. */
function lifeLimitSeconds(plan: Plan, planned: PlannedDeployment): number {
  const where = planned.configuration.target;
  const together = plan.deployments.filter((d) => d.group === planned.group).map((d) => d.configuration.target);
  const screening = screenLifeSeconds(where, plan.load, together.length);
  return ttlSeconds(where, Math.max(screening, confirmLifeSeconds(together, plan.load)));
}
