import type { Json, Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { bringUp, notUp } from './bring-up.ts';
import { findDeployment, readPlan } from './documents.ts';
import { resourceName, scopeKey } from './names.ts';
import { prepare } from './prepare.ts';
import { teardown } from './teardown.ts';

export type SmokeOutcome = { deployment: string; ok: boolean; detail: string; gone: boolean };

/** Deploys one configuration, checks its golden outputs, tears it down. */
export async function smoke(w: Workflow, ports: EnginePorts, input: Json): Promise<SmokeOutcome> {
  const { deployment } = input as { deployment: string };
  const reserved = await w.step('reserve', async () => {
    const { id, preparation, configuration } = findDeployment(await readPlan(ports), deployment);
    return { id, target: configuration.target, preparation, trials: [], stair: null };
  });
  const one = { concurrency: 1, key: (d: { id: string }) => scopeKey(d.id) };
  const [live] = await w.map('deployments', [reserved], one, async (scope, d) => {
    const made = d.preparation === null ? null : await prepare(scope, ports, d.preparation);
    const prepared = made === null || d.preparation === null ? {} : { [d.preparation]: made.prepared };
    return bringUp(scope, ports, d, prepared);
  });
  const name = resourceName(`${w.path}/deployments/${scopeKey(reserved.id)}`);
  const doomed = live!.ok ? live!.value : { ...notUp(reserved, name), billedFrom: 'unknown' as const };
  const gone = await w.map('teardowns', [reserved], one, (scope) => teardown(scope, ports, doomed));
  const torn = gone[0]!.ok && gone[0]!.value.gone;
  if (!live!.ok) return { deployment, ok: false, detail: live!.error, gone: torn };
  const { failure, skip, stopped, lost } = live!.value;
  const ok = failure === null && skip === null && stopped === null && !lost;
  const detail =
    failure?.detail ??
    skip?.detail ??
    (stopped !== null ? `stopped by ${stopped}` : lost ? 'the deployment was lost' : 'every output is as expected');
  return { deployment, ok, detail, gone: torn };
}
