/** The whole run: preparations, then every group's screening, then the confirmation of the best. */

import type { Json, Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import { type GroupInput, type GroupOutcome, type Prepared, runGroup } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import { prepare, prepareAll } from './prepare.ts';
import { smoke } from './smoke.ts';

export type SweepOutcome = { state: 'done' | 'stopped' | 'exhausted'; recorded: number; left: string[] };

export type WorkflowFunction = (w: Workflow, input: Json) => Promise<Json>;

/** Functions that a carrier can `call` by name. */
export function workflows(ports: EnginePorts): Record<string, WorkflowFunction> {
  return {
    sweep: (w) => sweep(w, ports),
    group: (w, input) => runGroup(w, ports, input as GroupInput),
    smoke: (w, input) => smoke(w, ports, input),
    prepare: (w) => prepareAll(w, ports),
  };
}

async function sweep(w: Workflow, ports: EnginePorts): Promise<SweepOutcome> {
  const outline = await w.step('reserve', async () => {
    const plan = await readPlan(ports);
    return {
      groups: [...new Set(plan.deployments.map((d) => d.group))],
      preparations: plan.preparations.map((p) => p.id),
      confirm: plan.load.confirmation !== null,
    };
  });

  const prepared: { [id: string]: Prepared } = {};
  const settled = await w.map(
    'preparations',
    outline.preparations,
    { concurrency: 1, key: (id) => scopeKey(id) },
    (scope, id) => prepare(scope, ports, id),
  );
  for (const [i, s] of settled.entries()) {
    if (s.ok && s.value.stopped) return { state: 'stopped', recorded: 0, left: [] };
    prepared[outline.preparations[i]!] = s.ok
      ? s.value.prepared
      : { artifact: null, sha256: '', seconds: 0, cached: false, failure: s.error };
  }

  const screened = await w.map('groups', outline.groups, { concurrency: 1, key: (g) => scopeKey(g) }, (scope, group) =>
    scope.call<GroupOutcome>('screen', 'group', { group, purpose: 'screen', prepared, attempt: 1 }),
  );
  const outcomes: GroupOutcome[] = screened.map((s) => {
    if (!s.ok) throw new Error(s.error);
    return s.value;
  });
  if (outline.confirm && outcomes.every((o) => o.state !== 'stopped')) {
    outcomes.push(
      await w.call<GroupOutcome>('confirm', 'group', { group: 'confirm', purpose: 'confirm', prepared, attempt: 1 }),
    );
  }
  return {
    state: outcomes.some((o) => o.state === 'stopped')
      ? 'stopped'
      : outcomes.some((o) => o.state === 'exhausted')
        ? 'exhausted'
        : 'done',
    recorded: outcomes.reduce((n, o) => n + o.recorded, 0),
    left: outcomes.flatMap((o) => o.left),
  };
}
