import type { Plan } from '../core/plan/plan.ts';
import type { Json } from '../core/ports/workflow.ts';
import type { CloudCarrier, Driver, Planned, Run } from './kit.ts';
import { sealOf } from './plan-seal.ts';

export interface RunWritten {
  driver?: Driver;
  /** Where AWS drives; null elsewhere. */
  carrier?: CloudCarrier | null;
  /** The plan as another run's folder holds it, whose hash then says that both are the same. */
  planText?: string;
}

/** Everything a run is carried and resumed from; the plan last, because a run with a plan counts as begun. */
export async function writeRun(
  run: Run,
  planned: Extract<Planned, { ok: true }>,
  plan: Plan,
  { driver = 'local', carrier = null, planText = `${JSON.stringify(plan, null, 2)}\n` }: RunWritten = {},
): Promise<void> {
  const lock = {
    ...(planned.lock as { [key: string]: Json }),
    driver,
    ...(carrier === null ? {} : { carrier }),
    region: plan.region,
    seed: plan.load.seed,
    prices: pricesOf(plan),
    planSha256: sealOf(planText),
  };
  const files: [string, string | null][] = [
    ['experiment.yaml', planned.experimentText],
    ['inputs.jsonl', planned.inputs],
    ['golden.jsonl', planned.golden],
    ['lock.json', `${JSON.stringify(lock, null, 2)}\n`],
    ['plan.json', planText],
  ];
  for (const [key, text] of files) if (text !== null) await run.store.put(key, text);
}

/** One row for each type that is paid for. */
function pricesOf(plan: Plan): Json {
  const rows = plan.deployments.flatMap(({ configuration: c, usdPerHour, priceSource }) =>
    usdPerHour === null || priceSource === null
      ? []
      : [{ target: c.target, instanceType: c.instanceType, usdPerHour, ...priceSource }],
  );
  return [...new Map(rows.map((row) => [`${row.target}/${row.instanceType}`, row])).values()];
}
