/**
 * The life of one group of deployments, written once for every carrier: reserve, then deploy, ready and check for each,
 * one load over all that came up, measure, teardown for each, record. Teardown runs in every ending and decides from
 * durable values; a trial becomes terminal only after it.
 *
 * No clock, randomness or I/O outside a step: a carrier runs this function again from its start after a crash.
 */

import { caught, type Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { bringUp, type Live, notUp } from './bring-up.ts';
import { type Loaded, load } from './load.ts';
import { measure } from './measure.ts';
import { resourceName, scopeKey } from './names.ts';
import { record } from './record.ts';
import { type Reservation, reserve } from './reserve.ts';
import { teardown } from './teardown.ts';
import { type Visited, visit } from './visit.ts';

export type GroupInput = {
  group: string;
  /** `search`: one deployment, loaded as the adaptive search proposes. */
  purpose: 'screen' | 'confirm' | 'search';
  /** Artifact and facts of each preparation, by its id. */
  prepared: { [preparation: string]: Prepared };
  /** 1 for the first try; one more after each try whose deployments or generator were lost. */
  attempt: number;
  /** An earlier try lost what it had deployed. */
  interrupted?: boolean;
};

/** What is alive together. */
export type Group = { input: GroupInput; reserved: Reservation; up: readonly Live[] };

export type Prepared = {
  artifact: string | null;
  /** Of the model's content; empty when there is none. */
  sha256: string;
  seconds: number;
  cached: boolean;
  failure: string | null;
};

export type GroupOutcome = {
  state: 'done' | 'stopped' | 'exhausted';
  /** Trials recorded by this call. */
  recorded: number;
  /** Who asked it to stop; null otherwise. */
  stopReason: string | null;
  /** Resource names whose absence could not be confirmed. */
  left: string[];
};

/** A lost group is tried again this often before its trials are recorded as interrupted. */
const MAX_ATTEMPTS = 5;
/** What no machine could be had for is asked for again this often, ten minutes apart, before it is skipped. */
const CAPACITY_ATTEMPTS = 3;
const CAPACITY_PAUSE_SECONDS = 600;
/** Starting together would only make the starts compete for the same cores. */
const DEPLOY_CONCURRENCY = 2;

export async function runGroup(w: Workflow, ports: EnginePorts, input: GroupInput): Promise<GroupOutcome> {
  const reserved = await reserve(w, ports, input);
  const nothing = { recorded: 0, left: [] };
  if (reserved.stopped !== null) return { state: 'stopped', stopReason: reserved.stopped, ...nothing };
  if (reserved.deployments.length === 0) return { state: 'done', stopReason: null, ...nothing };

  const nameOf = (id: string) => resourceName(`${w.path}/deployments/${scopeKey(id)}`);
  const settled = await w.map(
    'deployments',
    reserved.deployments,
    { concurrency: DEPLOY_CONCURRENCY, key: (d) => scopeKey(d.id) },
    (scope, deployment) => bringUp(scope, ports, deployment, input.prepared),
  );
  const live: Live[] = settled.map((s, i) => {
    const deployment = reserved.deployments[i]!;
    return s.ok
      ? s.value
      : {
          ...notUp(deployment, nameOf(deployment.id)),
          billedFrom: 'unknown',
          failure: { code: 'interrupted', detail: s.error },
        };
  });
  let up = live.filter((l) => l.url !== null && l.failure === null && !l.lost);
  let stopReason = live.find((l) => l.stopped !== null)?.stopped ?? null;

  let measured: { trial: string; key: string }[] = [];
  let ending: 'done' | 'stopped' | 'lost' =
    stopReason !== null ? 'stopped' : live.some((l) => l.lost) ? 'lost' : 'done';
  if (ending === 'done' && up.length > 0) {
    const giveUp = (detail: string) => {
      for (const l of up) l.failure = { code: 'interrupted', detail };
      up = [];
    };
    // Whatever breaks here, what is up is torn down below.
    const loaded: Loaded & Partial<Visited> =
      input.purpose === 'search'
        ? await visit(w, ports, input, up[0]!).then((v) => ({ ...v, results: [] }), failedLoad)
        : await load(w, ports, { input, reserved, up }).catch(failedLoad);
    ending = loaded.state === 'failed' ? 'done' : loaded.state;
    measured = loaded.measured ?? [];
    if (loaded.state === 'stopped') stopReason = loaded.reason;
    if (loaded.state === 'failed') giveUp(`the load generator failed: ${loaded.reason}`);
    if (loaded.results.length > 0) {
      measured = await measure(w, ports, { input, reserved, up }, loaded.results).catch((error) => {
        giveUp(`what the load generator wrote cannot be used: ${caught(error)}`);
        return [];
      });
    }
  }

  const torn = await w.map(
    'teardowns',
    reserved.deployments,
    { concurrency: DEPLOY_CONCURRENCY, key: (d) => scopeKey(d.id) },
    (scope, deployment) => teardown(scope, ports, live.find((l) => l.id === deployment.id)!),
  );
  const left = torn.flatMap((t, i) => (t.ok ? (t.value.gone ? [] : [t.value.name]) : [reserved.deployments[i]!.id]));

  const exhausted = ending === 'lost' && input.attempt >= MAX_ATTEMPTS;
  const parked = live.filter((l) => l.skip?.code === 'capacity');
  const waits = ending === 'done' && parked.length > 0 && input.attempt < CAPACITY_ATTEMPTS;
  const unmeasured = exhausted ? live.map((l) => ({ ...l, failure: l.failure ?? INTERRUPTED })) : live;
  const recorded = await record(w, ports, {
    reserved,
    measured,
    failed: unmeasured.filter((l) => l.failure !== null && l.stopped === null),
    skipped: live.filter((l) => l.skip !== null && !(waits && parked.includes(l))),
    receipts: torn.map((t, i) =>
      t.ok
        ? t.value
        : {
            name: nameOf(reserved.deployments[i]!.id),
            deployment: reserved.deployments[i]!.id,
            gone: false,
            confirmedAtMs: null,
            error: t.error,
          },
    ),
  });

  if (waits) await w.sleep('capacity', CAPACITY_PAUSE_SECONDS);
  if (waits || (ending === 'lost' && !exhausted)) {
    const again = await w.call<GroupOutcome>('again', 'group', {
      ...input,
      attempt: input.attempt + 1,
      ...(ending === 'lost' ? { interrupted: true } : {}),
    });
    return { ...again, recorded: recorded + again.recorded, left: [...left, ...again.left] };
  }
  return {
    state: ending === 'stopped' ? 'stopped' : exhausted ? 'exhausted' : 'done',
    stopReason,
    recorded,
    left,
  };
}

function failedLoad(error: unknown): Loaded {
  return { state: 'failed', results: [], reason: caught(error) };
}

const INTERRUPTED = {
  code: 'interrupted' as const,
  detail: `the deployment or the load generator was lost ${MAX_ATTEMPTS} times`,
};
