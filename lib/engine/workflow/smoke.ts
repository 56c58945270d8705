import type { Json, Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { bringUp } from './bring-up.ts';
import { readPlan } from './documents.ts';
import { scopeKey } from './names.ts';
import { prepare } from './prepare.ts';
import { teardown } from './teardown.ts';

export type SmokeOutcome = { deployment: string; ok: boolean; detail: string; gone: boolean };

/** Deploys one configuration, checks its golden outputs, tears it down. */
export async function smoke(w: Workflow, ports: EnginePorts, input: Json): Promise<SmokeOutcome> {
  const { deployment } = input as { deployment: string };
  const reserved = await w.step('reserve', async () => {
    const plan = await readPlan(ports);
    return { preparation: plan.deployments.find((d) => d.id === deployment)!.preparation };
  });
  const [live] = await w.map('deployments', [deployment], { concurrency: 1, key: scopeKey }, async (scope, id) => {
    const made = reserved.preparation === null ? null : await prepare(scope, ports, reserved.preparation);
    const prepared = made === null || reserved.preparation === null ? {} : { [reserved.preparation]: made.prepared };
    return bringUp(scope, ports, { id, preparation: reserved.preparation, trials: [], stair: null }, prepared);
  });
  const gone = await w.map('teardowns', [deployment], { concurrency: 1, key: scopeKey }, (scope, id) =>
    teardown(scope, ports, `${w.path}/deployments/${scopeKey(id)}`, id),
  );
  const torn = gone[0]!.ok && gone[0]!.value.gone;
  if (!live!.ok) return { deployment, ok: false, detail: live!.error, gone: torn };
  const { failure, stopped, lost } = live!.value;
  const ok = failure === null && stopped === null && !lost;
  const detail =
    failure?.detail ??
    (stopped !== null ? `stopped by ${stopped}` : lost ? 'the deployment was lost' : 'every output is as expected');
  return { deployment, ok, detail, gone: torn };
}
