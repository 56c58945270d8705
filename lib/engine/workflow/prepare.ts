import { preparationTtlSeconds } from '../../core/plan/life-seconds.ts';
import type { Preparation } from '../../core/plan/plan.ts';
import { rfc3339 } from '../../core/plan/rfc3339.ts';
import { runTags } from '../../core/plan/tags.ts';
import type { PrepareState } from '../../core/ports/preparer.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import type { Prepared } from './life-cycle.ts';
import { resourceName, scopeKey } from './names.ts';

/** `stopped`: the run was asked to end before the artifact was made, which is nobody's failure. */
export type PrepareOutcome = { stopped: string | null; prepared: Prepared };

export const failedPreparation = (failure: string): Prepared => ({
  artifact: null,
  sha256: '',
  seconds: 0,
  cached: false,
  failure,
});

type Look = {
  /** null: held, and started at the next look, so that what is made bears a moment of expiry that is on record. */
  handle: string | null;
  prepare: PrepareState;
  stopped: string | null;
  expiresAtMs: number | null;
};

/** Between two looks at a machine that works for minutes; at this one they cost nothing. */
const LOOK_SECONDS = { billed: 30, free: 1 };

/** Makes the artifact of one runtime, outside any trial. The work is long, so it is started and polled. */
export async function prepare(w: Workflow, ports: EnginePorts, id: string): Promise<PrepareOutcome> {
  const name = resourceName(`${w.path}/prepare`);
  const end = await w.poll<Look>(
    'prepare',
    async (last) => {
      const stopped = last?.stopped ?? (await ports.stop.read());
      const preparation = (await readPlan(ports)).preparations.find((p) => p.id === id)!;
      if (last === null) {
        const held = await holdPreparation(ports, preparation, name, stopped);
        if (held !== null) return held;
      }
      const expiresAtMs = last?.expiresAtMs ?? null;
      const started = last !== null && last.handle !== null && last.prepare.state !== 'lost';
      if (!started && expiresAtMs !== null && stopped !== null) {
        await settle(ports, name, 0);
        return { ...last!, stopped };
      }
      let handle: string;
      try {
        handle = started ? last.handle! : await start(ports, preparation, name, expiresAtMs);
      } catch (error) {
        if (expiresAtMs === null) throw error;
        // Nobody knows what became of it: all that was held is spent, and its deadline stays armed.
        await ports.ledger.settle(name, null);
        return { ...last!, stopped, prepare: { state: 'failed', reason: messageOf(error) } };
      }
      if (stopped !== null && last?.stopped === null) await ports.preparer.stop?.(handle);
      const state = await ports.preparer.check(handle);
      if (expiresAtMs !== null && (state.state === 'done' || state.state === 'failed')) {
        await settle(ports, name, state.usd ?? null);
      }
      if (state.state === 'running') {
        ports.progress.emit({ type: 'phase', deployment: null, phase: 'prepare', message: state.message });
      }
      if (state.state === 'done') {
        const message = state.cached
          ? `${preparation.runtime}: from the cache`
          : `${preparation.runtime}: made in ${Math.round(state.seconds)} s, cached from now on`;
        ports.progress.emit({ type: 'phase', deployment: null, phase: 'prepare', message });
      }
      return { handle, prepare: state, stopped, expiresAtMs };
    },
    (s) => {
      const ended = s.prepare.state === 'done' || s.prepare.state === 'failed';
      // A machine that makes it is looked at until it has ended; it is held and billed until then.
      const over = s.stopped !== null && (s.expiresAtMs === null || s.handle === null);
      if (ended || over) return { done: true };
      return { waitSeconds: s.expiresAtMs === null || s.handle === null ? LOOK_SECONDS.free : LOOK_SECONDS.billed };
    },
  );
  const state = end.prepare;
  if (state.state === 'done') {
    const { artifact, sha256, seconds, cached } = state;
    return { stopped: null, prepared: { artifact, sha256, seconds, cached, failure: null } };
  }
  // One that was held has failed because it was told to stop.
  const own = state.state === 'failed' && (end.stopped === null || end.expiresAtMs === null);
  if (own) return { stopped: null, prepared: failedPreparation(state.reason) };
  return { stopped: end.stopped, prepared: failedPreparation('stopped') };
}

/** Its worst case, where it has one; null: it is free. */
async function holdPreparation(
  ports: EnginePorts,
  preparation: Preparation,
  name: string,
  stopped: string | null,
): Promise<Look | null> {
  const ttlSeconds = preparationTtlSeconds(preparation);
  const usd = (await ports.preparer.usdAtMost?.(preparation, ttlSeconds)) ?? 0;
  if (usd === 0) return null;
  const look: Look = {
    handle: null,
    prepare: { state: 'running', message: 'held' },
    stopped,
    expiresAtMs: ports.clock.nowMs() + ttlSeconds * 1000,
  };
  if (stopped !== null) return look;
  const answer = await ports.ledger.reserve({ name, usd });
  return answer.granted ? look : { ...look, stopped: 'budget' };
}

async function start(
  ports: EnginePorts,
  preparation: Preparation,
  name: string,
  expiresAtMs: number | null,
): Promise<string> {
  const ttlSeconds = preparationTtlSeconds(preparation);
  if (expiresAtMs === null) return ports.preparer.start(preparation, { name, ttlSeconds, tags: {} });
  const plan = await readPlan(ports);
  const expiresAt = rfc3339(expiresAtMs);
  const tags = runTags({ runId: ports.runId, expiresAt, experiment: plan.experiment, deployment: name }, plan.tags);
  await ports.deadlines.arm({ name, expiresAt, tags });
  return ports.preparer.start(preparation, { name, ttlSeconds, tags });
}

async function settle(ports: EnginePorts, name: string, usd: number | null): Promise<void> {
  await ports.ledger.settle(name, usd);
  await ports.deadlines.disarm(name);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message.slice(0, 1000) : String(error));

/** Outcome of one preparation outside any run of trials. `refused`: it needs another machine, and was not begun. */
export type PreparedOutcome = { id: string; refused: string | null; stopped: string | null; prepared: Prepared | null };

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
    if (refused !== null) return { id, refused, stopped: null, prepared: null };
    const s = settled[possible.indexOf(id)]!;
    return s.ok ? { id, refused, ...s.value } : { id, refused, stopped: null, prepared: failedPreparation(s.error) };
  });
  await w.step('record', async () => {
    await ports.store.put('preparations.json', `${JSON.stringify(outcomes, null, 2)}\n`);
    return null;
  });
  return outcomes;
}
