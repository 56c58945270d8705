import type { PrepareState } from '../../core/ports/preparer.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import type { Prepared } from './life-cycle.ts';

/** `stopped`: the run was asked to end before the artifact was made, which is nobody's failure. */
export type PrepareOutcome = { stopped: boolean; prepared: Prepared };

const failed = (failure: string): Prepared => ({ artifact: null, sha256: '', seconds: 0, cached: false, failure });

/** Makes the artifact of one runtime, outside any trial. The work is long, so it is started and polled. */
export async function prepare(w: Workflow, ports: EnginePorts, id: string): Promise<PrepareOutcome> {
  const end = await w.poll<{ handle: string; prepare: PrepareState; stopped: string | null }>(
    'prepare',
    async (last) => {
      const stopped = await ports.stop.read();
      const started = last !== null && last.prepare.state !== 'lost';
      const preparation = (await readPlan(ports)).preparations.find((p) => p.id === id)!;
      const handle = started ? last.handle : await ports.preparer.start(preparation);
      const state = await ports.preparer.check(handle);
      if (state.state === 'running') {
        ports.progress.emit({ type: 'phase', deployment: null, phase: 'prepare', message: state.message });
      }
      if (state.state === 'done') {
        const message = state.cached
          ? `${preparation.runtime}: from the cache`
          : `${preparation.runtime}: made in ${Math.round(state.seconds)} s, cached from now on`;
        ports.progress.emit({ type: 'phase', deployment: null, phase: 'prepare', message });
      }
      return { handle, prepare: state, stopped };
    },
    (s) =>
      s.stopped !== null || s.prepare.state === 'done' || s.prepare.state === 'failed'
        ? { done: true }
        : { waitSeconds: 1 },
  );
  const state = end.prepare;
  if (state.state === 'done') {
    const { artifact, sha256, seconds, cached } = state;
    return { stopped: false, prepared: { artifact, sha256, seconds, cached, failure: null } };
  }
  return { stopped: state.state !== 'failed', prepared: failed(state.state === 'failed' ? state.reason : 'stopped') };
}
