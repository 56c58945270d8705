import type { LoadJob, Segment } from '../../core/load/job.ts';
import { segmentPlace } from '../../core/plan/segments.ts';
import { TARGET_TIMES } from '../../core/plan/time-constants.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import { endpointOf } from './endpoint.ts';
import { giveUpLoad, lookAtLoad, startLoad, stopWhenAsked } from './generate.ts';
import { nextLeg } from './legs.ts';
import type { Group } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import { patientPoll } from './patient.ts';
import { allStillThere } from './still-there.ts';

/** `results`: where each leg's windows are, in the order they ran; empty where nothing may be measured from them. */
export type Loaded = { state: 'done' | 'stopped' | 'lost' | 'failed'; results: string[]; reason: string };

type Polled = {
  handle: string;
  load: LoadState;
  stopped: string | null;
  /** Results of the legs that ended. */
  done: string[];
};

const LOST: Polled = { handle: '', load: { state: 'lost' }, stopped: null, done: [] };

/** A job drives the windows of all deployments of the group, then one more for each leg that follows from what was measured. */
export async function load(w: Workflow, ports: EnginePorts, group: Group): Promise<Loaded> {
  const { input, up } = group;
  const lookSeconds = Math.max(...up.map(({ target }) => TARGET_TIMES[target].lookSeconds));
  const jobOf = (done: readonly string[]) => `${w.path}/load${done.length === 0 ? '' : `-${done.length + 1}`}`;

  /** Starts the next leg; what was measured before it counts, even if it cannot be started. */
  const proceed = async (done: string[]): Promise<Polled> => {
    const ended: Polled = { ...LOST, load: { state: 'done', resultKey: done.at(-1) ?? '' }, done };
    const segments = await nextLeg(ports, group, done);
    if (segments.length === 0) return ended;
    for (const l of up) {
      const own = segments.find((s) => s.endpoint === scopeKey(l.id));
      const message = done.length === 0 || own === undefined ? null : segmentPlace(own.id).stair;
      if (own !== undefined) ports.progress.emit({ type: 'phase', deployment: l.id, phase: 'load', message });
    }
    const started = await startLoad(ports, await jobFor(ports, group, segments, jobOf(done)), up);
    if ('refused' in started) return done.length > 0 ? ended : { ...LOST, stopped: started.refused };
    return { ...LOST, handle: started.handle, load: { state: 'running', progress: null }, done };
  };

  const end = await patientPoll<Polled>(
    w,
    'load',
    async (last) => {
      if (last === null) return (await allStillThere(ports, up)) ? proceed([]) : LOST;
      const { done } = last;
      const stopped = last.stopped ?? (await stopWhenAsked(ports, last.handle));
      const state = await lookAtLoad(ports, last.handle, jobOf(done));
      if (state.state === 'running' && state.progress !== null) {
        ports.progress.emit({ type: 'load', round: input.purpose, progress: state.progress });
      }
      if (state.state !== 'done') return { ...last, stopped, load: state };
      if (!(await allStillThere(ports, up))) return LOST;
      return stopped === null ? proceed([...done, state.resultKey]) : { ...last, stopped, load: state };
    },
    (s) => (s.load.state === 'running' ? { waitSeconds: lookSeconds } : { done: true }),
    lookSeconds,
    async (last) => ({ ...last, load: await giveUpLoad(ports, last.handle, jobOf(last.done)) }),
  );
  if (end.stopped !== null) return { state: 'stopped', results: [], reason: end.stopped };
  if (end.load.state === 'lost') {
    return { state: 'lost', results: [], reason: 'the load generator or a deployment is gone' };
  }
  const failed = end.load.state === 'failed' ? end.load.reason : null;
  if (failed !== null && end.done.length === 0) return { state: 'failed', results: [], reason: failed };
  return { state: 'done', results: end.done, reason: '' };
}

async function jobFor(ports: EnginePorts, { up }: Group, segments: Segment[], id: string): Promise<LoadJob> {
  const plan = await readPlan(ports);
  const endpoints: LoadJob['endpoints'] = {};
  for (const l of up) endpoints[scopeKey(l.id)] = await endpointOf(ports, plan, { ...l, url: l.url! });
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
