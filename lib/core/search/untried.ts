/** What a search left out, and why, in words: predictions of the model, never said to be measured. */
import type { Plan } from '../plan/plan.ts';
import { number, usd } from '../report/wording.ts';
import { believedCapacity, modelDevice } from './device-model.ts';
import { HOPE } from './hope.ts';
import type { Notebook } from './notebook.ts';
import type { Outcome } from './search.ts';
import { type SearchDevice, usdPerMillionAt } from './space.ts';

export interface Untried {
  /** Id of the configuration. */
  configuration: string;
  reason: string;
}

/**
 * Configurations that no load with a latency was run on, in the plan's order.
 * @param ended why the search had to stop before its own end; null when it did not.
 */
export function untried(plan: Plan, notebook: Notebook, outcome: Outcome | null, ended: string | null): Untried[] {
  const unit = plan.objective === 'maximize-throughput' ? 'rate' : 'cost';
  const reasons = new Map<string, string>();
  for (const device of notebook.space.devices) {
    const model = modelDevice(notebook, device);
    for (const { id, batching } of device.configurations) {
      const seen = notebook.on(device, id);
      if (seen.some((s) => s.trial.purpose !== 'time' || s.observation.failed)) continue;
      const row = model.find((m) => m.configuration.id === id);
      const likely = row === undefined ? null : believedCapacity(notebook, row);
      const hoped = row === undefined ? null : believedCapacity(notebook, row, HOPE);
      const failed = device.configurations.find(
        (c) => c.id !== id && c.batching?.line === batching?.line && notebook.failed(device, c.id),
      );
      const alike = failed?.id ?? null;
      const how = seen.length > 0 ? 'only its full batches were timed' : 'not tried';
      reasons.set(id, `${how}: ${whyNot({ device, likely, hoped, alike, unit }, notebook, outcome, ended)}`);
    }
  }
  return plan.deployments.flatMap(({ id }) => {
    const reason = reasons.get(id);
    return reason === undefined ? [] : [{ configuration: id, reason }];
  });
}

const rate = (perSecond: number) => `${number(perSecond)} requests/s`;
const cost = (usdPerMillion: number) => `${usd(usdPerMillion)} USD per million requests`;

interface Prediction {
  device: SearchDevice;
  likely: number | null;
  hoped: number | null;
  /** A configuration of the same service times that failed. */
  alike: string | null;
  unit: 'rate' | 'cost';
}

function whyNot(
  { device, likely, hoped, alike, unit }: Prediction,
  notebook: Notebook,
  outcome: Outcome | null,
  ended: string | null,
): string {
  const { slo } = notebook.space;
  const early = `the search ended before it: ${ended ?? outcome?.reason ?? 'it was stopped'}`;
  if (likely === null || hoped === null)
    return alike === null ? early : `${alike} failed, and differs from it only in its queue`;
  const limit = `p${slo.percentile} of ${number(slo.latencyMs)} ms`;
  if (hoped <= 0) return `predicted to keep ${limit} at no rate, cannot win`;
  const costs = (perSecond: number) => usdPerMillionAt(device, perSecond);
  const print = (perSecond: number) =>
    unit === 'rate' ? rate(perSecond) : `${rate(perSecond)}, ${cost(costs(perSecond))}`;
  const predicted = `predicted ${print(likely)} inside ${limit}, at best ${print(hoped)}`;
  const best = notebook.best;
  if (best === null) return `${predicted}; ${early}`;
  const { certified } = best;
  const proved = unit === 'rate' ? rate(certified.ratePerSecond) : cost(best.usdPerMillion);
  const against = `${certified.configuration} is certified at ${proved}`;
  const wins = costs(hoped) < best.usdPerMillion * (1 - notebook.indifference);
  return wins ? `${predicted}; ${against}; ${early}` : `${predicted}; ${against}: cannot win`;
}
