import { buildMeasurement } from '../../core/measure/measure.ts';
import { segmentPlace } from '../../core/plan/segments.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { findDeployment, priceOf, readLoadResult, readPlan, writePending } from './documents.ts';
import type { GroupInput } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import type { Reservation } from './reserve.ts';

/** Turns the generator's windows into one pending measurement for each trial: one deployment and repeat. */
export async function measure(
  w: Workflow,
  ports: EnginePorts,
  input: GroupInput,
  reserved: Reservation,
  up: readonly Live[],
  resultKey: string,
): Promise<{ trial: string; key: string }[]> {
  return w.step('measure', async ({ path }) => {
    const plan = await readPlan(ports);
    const result = await readLoadResult(ports, resultKey);
    const written: { trial: string; key: string }[] = [];
    for (const live of up) {
      const deployment = findDeployment(plan, live.id);
      const own = result.segments.filter((s) => segmentPlace(s.id).endpoint === scopeKey(live.id));
      for (const id of reserved.deployments.find((d) => d.id === live.id)!.trials) {
        const trial = plan.trials.find((t) => t.id === id)!;
        const made = deployment.preparation === null ? null : (input.prepared[deployment.preparation] ?? null);
        const measurement = buildMeasurement({
          plan,
          deployment,
          trial,
          segments: own.filter((s) => segmentPlace(s.id).repeat === trial.repeat),
          ready: { state: 'ready', reason: null, startupSeconds: live.readySeconds },
          prepare: made === null ? null : { seconds: made.seconds, cached: made.cached },
          price: priceOf(deployment),
          startedAt: ports.clock.nowIso(),
          versions: { ...ports.versions, ...textFacts(live.facts), ...(made?.sha256 ? { model: made.sha256 } : {}) },
          findings: [],
        });
        const key = `pending/${scopeKey(path)}/${scopeKey(id)}.json`;
        await writePending(ports, key, measurement);
        written.push({ trial: id, key });
      }
    }
    return written;
  });
}

function textFacts(facts: Live['facts']): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).flatMap(([k, v]) => (v === null ? [] : [[k, String(v)]])));
}
