import type { LoadJob } from '../../core/load/job.ts';
import { confirmationSegments, screeningSegments } from '../../core/plan/segments.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { readPlan } from './documents.ts';
import { endpointOf } from './endpoint.ts';
import type { GroupInput } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import type { Reservation } from './reserve.ts';
import { allStillThere } from './still-there.ts';

export type Loaded = { state: 'done' | 'stopped' | 'lost' | 'failed'; resultKey: string | null; reason: string };

type Polled = { handle: string; load: LoadState; stopped: string | null };

const LOST: Polled = { handle: '', load: { state: 'lost' }, stopped: null };

/** One job drives the windows of all deployments of the group; it runs outside the workflow and is polled. */
export async function load(
  w: Workflow,
  ports: EnginePorts,
  input: GroupInput,
  reserved: Reservation,
  up: readonly Live[],
): Promise<Loaded> {
  const end = await w.poll<Polled>(
    'load',
    async (last) => {
      if (last === null) {
        if (!(await allStillThere(ports, up))) return LOST;
        for (const l of up) ports.progress.emit({ type: 'phase', deployment: l.id, phase: 'load', message: null });
        const handle = await ports.generator.start(await loadJob(ports, input, reserved, up, `${w.path}/load`));
        return { handle, load: { state: 'running', progress: null }, stopped: null };
      }
      const stopped = last.stopped ?? (await ports.stop.read());
      if (stopped !== null && last.stopped === null) await ports.generator.stop(last.handle);
      const state = await ports.generator.check(last.handle);
      if (state.state === 'done' && !(await allStillThere(ports, up))) return LOST;
      if (state.state === 'running' && state.progress !== null) {
        ports.progress.emit({ type: 'load', round: input.purpose, progress: state.progress });
      }
      return { handle: last.handle, load: state, stopped };
    },
    (s) => (s.load.state === 'running' ? { waitSeconds: 1 } : { done: true }),
  );
  if (end.stopped !== null) return { state: 'stopped', resultKey: null, reason: end.stopped };
  if (end.load.state === 'done') return { state: 'done', resultKey: end.load.resultKey, reason: '' };
  if (end.load.state === 'failed') return { state: 'failed', resultKey: null, reason: end.load.reason };
  return { state: 'lost', resultKey: null, reason: 'the load generator or a deployment is gone' };
}

async function loadJob(
  ports: EnginePorts,
  input: GroupInput,
  reserved: Reservation,
  up: readonly Live[],
  id: string,
): Promise<LoadJob> {
  const plan = await readPlan(ports);
  const endpoints: LoadJob['endpoints'] = {};
  for (const l of up) endpoints[scopeKey(l.id)] = await endpointOf(ports, plan, l.id, l.url!);
  const segments =
    input.purpose === 'screen'
      ? screeningSegments(plan.load, Object.keys(endpoints))
      : confirmationSegments(
          plan.load,
          up.map((l) => ({ endpoint: scopeKey(l.id), stair: reserved.deployments.find((d) => d.id === l.id)!.stair! })),
        );
  return {
    schema: 'infersweep.load-job.v1',
    id,
    seed: plan.load.seed,
    timeoutMs: plan.load.timeoutMs,
    maxConnections: plan.load.maxConnections,
    requestLog: false,
    endpoints,
    segments,
  };
}
