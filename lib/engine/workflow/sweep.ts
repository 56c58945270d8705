/** The whole run: preparations, then every group's screening, shard by shard, then the confirmation of the best. */

import type { Json, Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import { type GroupInput, type GroupOutcome, type Prepared, runGroup } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import { failedPreparation, type PrepareOutcome, prepare, prepareAll } from './prepare.ts';
import { type SearchInput, search } from './search.ts';
import {
  combined,
  concurrencyOf,
  groupsOf,
  preparedRecord,
  type ShardInput,
  type ShardOutcome,
  shard,
  shardsOf,
} from './shard.ts';
import { smoke } from './smoke.ts';
import { wholeRun } from './whole-run.ts';

export type SweepOutcome = ShardOutcome;

export type WorkflowFunction = (w: Workflow, input: Json) => Promise<Json>;

/** Functions that a carrier can `call` by name. */
export function workflows(ports: EnginePorts): Record<string, WorkflowFunction> {
  return {
    run: (w) => wholeRun(w, ports),
    sweep: (w) => sweep(w, ports),
    shard: (w, input) => shard(w, ports, input as ShardInput),
    group: (w, input) => runGroup(w, ports, input as GroupInput),
    search: (w, input) => search(w, ports, input as SearchInput),
    preparation: (w, input) => prepare(w, ports, (input as { id: string }).id),
    smoke: (w, input) => smoke(w, ports, input),
    prepare: (w) => prepareAll(w, ports),
  };
}

async function sweep(w: Workflow, ports: EnginePorts): Promise<SweepOutcome> {
  const outline = await w.step('reserve', async () => {
    const plan = await readPlan(ports);
    return {
      adaptive: plan.search === 'adaptive',
      shards: shardsOf(groupsOf(plan)),
      preparations: plan.preparations.map((p) => p.id),
      confirm: plan.load.confirmation !== null,
      concurrency: concurrencyOf(plan),
    };
  });

  if (outline.adaptive) return w.call<SweepOutcome>('search', 'search', { revisits: 0, prepared: [] });

  const settled = await w.map(
    'preparations',
    outline.preparations,
    { concurrency: 1, key: (id) => scopeKey(id) },
    (scope, id) => scope.call<PrepareOutcome>('prepare', 'preparation', { id }),
  );
  const prepared: { id: string; made: Prepared }[] = [];
  for (const [i, s] of settled.entries()) {
    if (s.ok && s.value.stopped !== null) {
      return { state: 'stopped', stopReason: s.value.stopped, recorded: 0, left: [], leftCount: 0 };
    }
    prepared.push({ id: outline.preparations[i]!, made: s.ok ? s.value.prepared : failedPreparation(s.error) });
  }

  // One shard after the other, so that not more groups are alive than one shard allows.
  const screened = await w.map(
    'shards',
    outline.shards,
    { concurrency: 1, key: ({ from }) => `from-${from}` },
    (scope, range) =>
      scope.call<ShardOutcome>('screen', 'shard', { ...range, concurrency: outline.concurrency, prepared }),
  );
  const outcomes = screened.map((s) => {
    if (!s.ok) throw new Error(s.error);
    return s.value;
  });
  if (outline.confirm && outcomes.every((o) => o.state !== 'stopped')) {
    const confirm = { group: 'confirm', purpose: 'confirm', prepared: preparedRecord(prepared), attempt: 1 };
    const confirmed = await w.call<GroupOutcome>('confirm', 'group', confirm);
    outcomes.push({ ...confirmed, leftCount: confirmed.left.length });
  }
  return combined(outcomes);
}
