import type { SegmentResult } from '../../core/load/job.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { readLoadResult, readPlan } from './documents.ts';
import { endpointOf } from './endpoint.ts';
import { allStillThere } from './still-there.ts';

export type Checkable = Pick<Live, 'id' | 'target' | 'name'> & { url: string };
export type Checked = Pick<Live, 'failure' | 'stopped' | 'lost'>;

type Polled = { handle: string; load: LoadState; stopped: string | null; failure: Live['failure'] };

const LOST: Polled = { handle: '', load: { state: 'lost' }, stopped: null, failure: null };

/** Sends every input once and compares with the golden outputs before any load; without golden, all must answer 2xx. */
export async function check(w: Workflow, ports: EnginePorts, deployment: Checkable): Promise<Checked> {
  const { id, url } = deployment;
  const end = await w.poll<Polled>(
    'check',
    async (last) => {
      if (last === null) {
        if (!(await allStillThere(ports, [deployment]))) return LOST;
        ports.progress.emit({ type: 'phase', deployment: id, phase: 'check', message: null });
        const handle = await start(ports, id, url, `${w.path}/check`);
        return { handle, load: { state: 'running', progress: null }, stopped: null, failure: null };
      }
      const stopped = await ports.stop.read();
      if (stopped !== null) await ports.generator.stop(last.handle);
      const load = await ports.generator.check(last.handle);
      if (load.state === 'done' && !(await allStillThere(ports, [deployment]))) return LOST;
      const failure =
        load.state === 'done' ? verdictOn((await readLoadResult(ports, load.resultKey)).segments[0]!) : null;
      return { handle: last.handle, load, stopped, failure };
    },
    (s) => (s.load.state === 'running' && s.stopped === null ? { waitSeconds: 1 } : { done: true }),
  );
  if (end.stopped !== null) return { failure: null, stopped: end.stopped, lost: false };
  const broken = end.load.state === 'failed' ? { code: 'unhealthy' as const, detail: end.load.reason } : null;
  return { failure: end.failure ?? broken, stopped: null, lost: end.load.state === 'lost' };
}

function verdictOn({ golden, errors, good }: SegmentResult): Live['failure'] {
  if (golden.wrong > 0) {
    const detail = `${golden.wrong} of ${golden.checked} golden outputs differ: ${golden.firstMismatch}`;
    return { code: 'wrong-output', detail };
  }
  const bad = Object.entries(errors).filter(([, n]) => n > 0);
  if (bad.length === 0 && good > 0) return null;
  return { code: 'unhealthy', detail: `check got ${bad.map(([c, n]) => `${n} × ${c}`).join(', ') || 'no answer'}` };
}

async function start(ports: EnginePorts, id: string, url: string, jobId: string): Promise<string> {
  const plan = await readPlan(ports);
  const endpoint = await endpointOf(ports, plan, id, url);
  return ports.generator.start({
    schema: 'infersweep.load-job.v1',
    id: jobId,
    seed: plan.load.seed,
    timeoutMs: plan.load.timeoutMs,
    maxConnections: 1,
    requestLog: false,
    endpoints: { check: endpoint },
    segments: [
      {
        id: '0/0/check/check',
        endpoint: 'check',
        shape: { kind: 'once' },
        seconds: (endpoint.bodies.length * plan.load.timeoutMs) / 1000,
        dropSeconds: 0,
      },
    ],
  });
}
