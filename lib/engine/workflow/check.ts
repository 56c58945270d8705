import type { Endpoint, LoadJob, Segment, SegmentResult } from '../../core/load/job.ts';
import { refusalText } from '../../core/load/refusal.ts';
import { repeatProbeOf } from '../../core/measure/repeat-probe.ts';
import { oomIn } from '../../core/measure/rules/oom.ts';
import { TARGET_TIMES } from '../../core/plan/time-constants.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { readLoadResult, readPlan } from './documents.ts';
import { endingOf } from './ending.ts';
import { endpointOf, repeatsOf } from './endpoint.ts';
import { giveUpLoad, lookAtLoad, startLoad, stopWhenAsked } from './generate.ts';
import { patientPoll } from './patient.ts';
import { allStillThere } from './still-there.ts';

export type Checkable = Pick<Live, 'id' | 'target' | 'name' | 'access' | 'tags' | 'ttlSeconds'> & { url: string };
export type Checked = Pick<Live, 'failure' | 'stopped' | 'lost' | 'repeats'>;

type Polled = Pick<Live, 'failure' | 'stopped' | 'repeats'> & { handle: string; load: LoadState };

const LOST: Polled = { handle: '', load: { state: 'lost' }, stopped: null, failure: null };

/**
 * Sends every input once and compares with the golden outputs before any load; without golden, all must answer 2xx. Then looks
 * whether an input is answered quicker when it comes again.
 */
export async function check(w: Workflow, ports: EnginePorts, deployment: Checkable): Promise<Checked> {
  const { id, target } = deployment;
  const { lookSeconds } = TARGET_TIMES[target];
  const jobId = `${w.path}/check`;
  const end = await patientPoll<Polled>(
    w,
    'check',
    async (last) => {
      if (last === null) {
        if (!(await allStillThere(ports, [deployment]))) return LOST;
        ports.progress.emit({ type: 'phase', deployment: id, phase: 'check', message: null });
        const job = await checkJob(ports, deployment, jobId);
        const started = await startLoad(ports, job, [deployment]);
        if ('refused' in started) return { ...LOST, stopped: started.refused };
        return { ...LOST, handle: started.handle, load: { state: 'running', progress: null } };
      }
      const stopped = last.stopped ?? (await stopWhenAsked(ports, last.handle));
      const load = await lookAtLoad(ports, last.handle, jobId);
      if (load.state === 'done' && !(await allStillThere(ports, [deployment]))) return LOST;
      const seen = load.state === 'done' ? await verdictOn(ports, deployment, load.resultKey) : { failure: null };
      return { handle: last.handle, load, stopped, ...seen };
    },
    // Also when stopped: its generator must be seen to have ended.
    (s) => (s.load.state === 'running' ? { waitSeconds: lookSeconds } : { done: true }),
    lookSeconds,
    async (last) => ({ ...last, load: await giveUpLoad(ports, last.handle, jobId) }),
  );
  if (end.stopped !== null) return { failure: null, stopped: end.stopped, lost: false };
  const broken =
    end.load.state === 'failed'
      ? { code: 'interrupted' as const, detail: `the load generator failed: ${end.load.reason}` }
      : null;
  const { repeats = null } = end;
  return { failure: end.failure ?? broken, stopped: null, lost: end.load.state === 'lost', repeats };
}

export async function verdictOn(
  ports: EnginePorts,
  deployment: Checkable,
  resultKey: string,
): Promise<Pick<Live, 'failure' | 'repeats'>> {
  const [checked, repeated] = (await readLoadResult(ports, resultKey)).segments;
  const failure = failureOf(checked!);
  if (failure?.code === 'unhealthy') {
    const ending = await endingOf(ports, deployment);
    const oom = ending === null ? null : oomIn(ending);
    return { failure: oom === null ? failure : { code: 'oom', detail: oom.detail } };
  }
  return { failure, repeats: repeated === undefined ? null : repeatProbeOf(repeated) };
}

function failureOf({ golden, errors, good, refusal }: SegmentResult): Live['failure'] {
  if (golden.wrong > 0) {
    const detail = `${golden.wrong} of ${golden.checked} golden outputs differ: ${golden.firstMismatch}`;
    return { code: 'wrong-output', detail };
  }
  const bad = Object.entries(errors).filter(([, n]) => n > 0);
  if (bad.length === 0 && good > 0) return null;
  const got = bad.map(([c, n]) => `${n} × ${c}`).join(', ') || 'no answer';
  const said = refusal === undefined ? '' : `, the first with ${refusalText(refusal)}`;
  return { code: 'unhealthy', detail: `check got ${got}${said}` };
}

export async function checkJob(ports: EnginePorts, deployment: Checkable, id: string): Promise<LoadJob> {
  const plan = await readPlan(ports);
  const endpoint = await endpointOf(ports, plan, deployment);
  const repeats = await repeatsOf(ports, plan, { id: deployment.id, endpoint });
  const once = (name: string, { bodies }: Endpoint): Segment => ({
    id: `0/0/${name}/${name}`,
    endpoint: name,
    shape: { kind: 'once' },
    seconds: (bodies.length * plan.load.timeoutMs) / 1000,
    dropSeconds: 0,
  });
  return {
    schema: 'infersweep.load-job.v1',
    id,
    seed: plan.load.seed,
    timeoutMs: plan.load.timeoutMs,
    maxConnections: 1,
    // Which of two answers came later than the other is in the log alone.
    requestLog: repeats !== null,
    endpoints: { check: endpoint, ...(repeats === null ? {} : { repeats }) },
    segments: [once('check', endpoint), ...(repeats === null ? [] : [once('repeats', repeats)])],
  };
}
