import type { PrepareState } from '../../core/ports/preparer.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import type { Prepared } from './life-cycle.ts';
import { scopeKey } from './names.ts';

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

/** Outcome of one preparation outside any run of trials. `refused`: it needs another machine, and was not begun. */
export type PreparedOutcome = { id: string; refused: string | null; stopped: boolean; prepared: Prepared | null };

/** Every preparation of the plan and nothing else: what takes an hour is made before anybody waits for it. */
export async function prepareAll(w: Workflow, ports: EnginePorts): Promise<PreparedOutcome[]> {
  const planned = await w.step('reserve', async () =>
    (await readPlan(ports)).preparations.map((p) => ({ id: p.id, refused: ports.preparer.refuses?.(p) ?? null })),
  );
  const possible = planned.filter(({ refused }) => refused === null).map(({ id }) => id);
  const settled = await w.map('preparations', possible, { concurrency: 1, key: (id) => scopeKey(id) }, (scope, id) =>
    prepare(scope, ports, id),
  );
  const outcomes = planned.map(({ id, refused }): PreparedOutcome => {
    if (refused !== null) return { id, refused, stopped: false, prepared: null };
    const s = settled[possible.indexOf(id)]!;
    return s.ok ? { id, refused, ...s.value } : { id, refused, stopped: false, prepared: failed(s.error) };
  });
  await w.step('record', async () => {
    await ports.store.put('preparations.json', `${JSON.stringify(outcomes, null, 2)}\n`);
    return null;
  });
  return outcomes;
}
