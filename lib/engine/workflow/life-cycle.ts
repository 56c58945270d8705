/**
 * The life of one group of deployments, written once for every carrier: reserve, then deploy, ready and check for each,
 * one load over all that came up, measure, teardown for each, record. Teardown runs in every ending and decides from
 * durable values; a trial becomes terminal only after it.
 *
 * No clock, randomness or I/O outside a step: a carrier runs this function again from its start after a crash.
 */

import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { bringUp, type Live, notUp } from './bring-up.ts';
import { load } from './load.ts';
import { measure } from './measure.ts';
import { resourceName, scopeKey } from './names.ts';
import { record } from './record.ts';
import { reserve } from './reserve.ts';
import { teardown } from './teardown.ts';

export type GroupInput = {
  group: string;
  purpose: 'screen' | 'confirm';
  /** Artifact and facts of each preparation, by its id. */
  prepared: { [preparation: string]: Prepared };
  /** 1 for the first try; one more after each try whose deployments or generator were lost. */
  attempt: number;
};

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
  /** Resource names whose absence could not be confirmed. */
  left: string[];
};

/** A lost group is tried again this often before its trials are recorded as interrupted. */
const MAX_ATTEMPTS = 5;
/** Starting together would only make the starts compete for the same cores. */
const DEPLOY_CONCURRENCY = 2;

export async function runGroup(w: Workflow, ports: EnginePorts, input: GroupInput): Promise<GroupOutcome> {
  const reserved = await reserve(w, ports, input);
  if (reserved.stopped !== null) return { state: 'stopped', recorded: 0, left: [] };
  if (reserved.deployments.length === 0) return { state: 'done', recorded: 0, left: [] };

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
      : { ...notUp(deployment, nameOf(deployment.id)), failure: { code: 'unhealthy', detail: s.error } };
  });
  let up = live.filter((l) => l.url !== null && l.failure === null && !l.lost);
  const halted = live.some((l) => l.stopped !== null);

  let measured: { trial: string; key: string }[] = [];
  let ending: 'done' | 'stopped' | 'lost' = halted ? 'stopped' : live.some((l) => l.lost) ? 'lost' : 'done';
  if (ending === 'done' && up.length > 0) {
    const loaded = await load(w, ports, input, reserved, up);
    ending = loaded.state === 'failed' ? 'done' : loaded.state;
    if (loaded.state === 'failed') {
      const failure = { code: 'interrupted' as const, detail: `the load generator failed: ${loaded.reason}` };
      for (const l of up) l.failure = failure;
      up = [];
    }
    if (loaded.resultKey !== null) measured = await measure(w, ports, input, reserved, up, loaded.resultKey);
  }

  const torn = await w.map(
    'teardowns',
    reserved.deployments,
    { concurrency: DEPLOY_CONCURRENCY, key: (d) => scopeKey(d.id) },
    (scope, deployment) => teardown(scope, ports, { ...deployment, name: nameOf(deployment.id) }),
  );
  const left = torn.flatMap((t, i) => (t.ok ? (t.value.gone ? [] : [t.value.name]) : [reserved.deployments[i]!.id]));

  const exhausted = ending === 'lost' && input.attempt >= MAX_ATTEMPTS;
  const unmeasured = exhausted ? live.map((l) => ({ ...l, failure: l.failure ?? INTERRUPTED })) : live;
  const recorded = await record(w, ports, {
    reserved,
    measured,
    failed: unmeasured.filter((l) => l.failure !== null && l.stopped === null),
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

  if (ending === 'lost' && !exhausted) {
    const again = await w.call<GroupOutcome>('again', 'group', { ...input, attempt: input.attempt + 1 });
    return { state: again.state, recorded: recorded + again.recorded, left: [...left, ...again.left] };
  }
  return { state: ending === 'stopped' ? 'stopped' : exhausted ? 'exhausted' : 'done', recorded, left };
}

const INTERRUPTED = {
  code: 'interrupted' as const,
  detail: `the deployment or the load generator was lost ${MAX_ATTEMPTS} times`,
};
