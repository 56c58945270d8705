/**
 * One deployment that serves one configuration after the other, where only settings differ that its target changes in place.
 * Whatever goes wrong then ends the visit without a verdict: the configuration is visited again in a deployment of its own.
 */
import { inPlaceSettings, shareDeployment } from '../../core/catalog/in-place.ts';
import type { Measurement } from '../../core/measure/measurement.ts';
import type { ValidityReason } from '../../core/measure/validity.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { LeaseLost } from '../../core/ports/lease.ts';
import { canonicalJson } from '../../core/spec/canonical-json.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { type Checkable, checkJob, verdictOn } from './check.ts';
import { plannedFor, readPlan } from './documents.ts';
import { startLoad } from './generate.ts';

/** A configuration that was put in force and checked. */
export type InPlace = Pick<Live, 'id' | 'facts' | 'repeats'>;

/** Whether a deployment may be asked to serve another configuration. */
export function mayServe(ports: EnginePorts, plan: Plan, live: Live, id: string): boolean {
  const can = targetOf(ports, live.target).reconfigure !== undefined;
  return can && shareDeployment(plannedFor(plan, live), plannedFor(plan, { ...live, id }));
}

/** Puts a configuration in force and starts its check, both again where they were before; null where it is not in force. */
export async function change(
  ports: EnginePorts,
  live: Live,
  id: string,
  jobId: string,
): Promise<Awaited<ReturnType<typeof startLoad>> | null> {
  const plan = await readPlan(ports);
  const message = `in place, on the deployment of ${live.id}`;
  ports.progress.emit({ type: 'phase', deployment: id, phase: 'deploy', message });
  try {
    const answer = await targetOf(ports, live.target).reconfigure!(live.name, plannedFor(plan, { ...live, id }));
    if (answer.state !== 'in-force') return notInForce(ports, id, answer.reason);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return notInForce(ports, id, error instanceof Error ? error.message : String(error));
  }
  ports.progress.emit({ type: 'phase', deployment: id, phase: 'check', message: null });
  return startLoad(ports, await checkJob(ports, checkable(live, id), jobId), [live]);
}

/** What was put in force, after its check; null where an output is wrong or something else is in force by now. */
export async function checkedInPlace(
  ports: EnginePorts,
  live: Live,
  id: string,
  resultKey: string,
): Promise<InPlace | null> {
  const { failure, repeats = null } = await verdictOn(ports, checkable(live, id), resultKey);
  if (failure !== null) return notInForce(ports, id, failure.detail);
  const facts = await factsInForce(ports, live, id);
  return facts === null ? notInForce(ports, id, 'other settings are in force') : { id, facts, repeats };
}

/**
 * Read from what serves; null where it does not serve, or not under the settings of this configuration.
 * @throws Error where nobody can tell now: the next look may.
 */
export async function factsInForce(ports: EnginePorts, live: Live, id: string): Promise<Live['facts'] | null> {
  const { configuration } = plannedFor(await readPlan(ports), { ...live, id });
  const { state, settings, facts } = await targetOf(ports, live.target).ready(live.name);
  if (state !== 'ready') return null;
  if (settings === undefined) throw new Error(`${live.name} does not say which settings are in force`);
  return canonicalJson(settings) === canonicalJson(inPlaceSettings(configuration)) ? facts : null;
}

/** What other settings before it may have left behind, such as memory: not to be held against a configuration. */
export function blamesServer({ validity }: Measurement): boolean {
  return validity.reasons.some(({ code }) => OF_THE_SERVER.includes(code));
}

const OF_THE_SERVER: readonly ValidityReason[] = ['oom', 'server-died', 'unhealthy', 'wrong-output'];

const checkable = (live: Live, id: string): Checkable => ({ ...live, id, url: live.url! });

function notInForce(ports: EnginePorts, id: string, reason: string): null {
  const message = `takes a deployment of its own: ${reason.slice(0, 500)}`;
  ports.progress.emit({ type: 'phase', deployment: id, phase: 'reserve', message });
  return null;
}
