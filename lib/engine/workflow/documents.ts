import { priceOf as onDemandPrice } from '../../core/catalog/price.ts';
import { type LoadResult, loadResultSchema, type SegmentResult } from '../../core/load/job.ts';
import { type Measurement, measurementSchema } from '../../core/measure/measurement.ts';
import { priceFields } from '../../core/plan/deployments.ts';
import { type Plan, type PlannedDeployment, planSchema } from '../../core/plan/plan.ts';
import { Search, type SearchHistory } from '../../core/search/next-trial.ts';
import type { EnginePorts } from '../ports.ts';

/** Documents are read inside steps and by key, because a durable result must stay small. */
async function required(ports: EnginePorts, key: string): Promise<string> {
  const text = await ports.store.get(key);
  if (text === null) throw new Error(`the run has no ${key}`);
  return text;
}

/** It does not change during a run, and at 10,000 deployments reading it in every step would take the time of the run. */
const plans = new WeakMap<EnginePorts, Plan>();

export async function readPlan(ports: EnginePorts): Promise<Plan> {
  const known = plans.get(ports);
  if (known) return known;
  const plan = planOf(await required(ports, 'plan.json'));
  plans.set(ports, plan);
  return plan;
}

function planOf(text: string): Plan {
  try {
    return planSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`the run's plan.json is not the plan that was written: ${(error as Error).message.slice(0, 500)}`);
  }
}

export async function readText(ports: EnginePorts, key: string): Promise<string> {
  return required(ports, key);
}

export async function readLoadResult(ports: EnginePorts, key: string): Promise<LoadResult> {
  return loadResultSchema.parse(JSON.parse(await required(ports, key)));
}

/** Of several results, in their order. */
export async function readSegments(ports: EnginePorts, keys: readonly string[]): Promise<SegmentResult[]> {
  const results = await Promise.all(keys.map((key) => readLoadResult(ports, key)));
  return results.flatMap((r) => r.segments);
}

/** A measurement that is complete but not yet terminal: its teardown is not confirmed. */
export async function writePending(ports: EnginePorts, key: string, measurement: Measurement): Promise<void> {
  await ports.store.put(key, JSON.stringify(measurementSchema.parse(measurement)));
}

export async function readPending(ports: EnginePorts, key: string): Promise<Measurement> {
  return measurementSchema.parse(JSON.parse(await required(ports, key)));
}

/** Of one controller's life: to begin anew after every trial would take ever longer. */
const searches = new WeakMap<EnginePorts, Search>();

export async function searchOf(ports: EnginePorts): Promise<Search> {
  const known = searches.get(ports) ?? new Search(await readPlan(ports));
  searches.set(ports, known);
  return known;
}

/** What the search knows: what is recorded, and what of a visit that goes on is not yet. */
export async function readHistory(ports: EnginePorts, pending: readonly { key: string }[]): Promise<SearchHistory> {
  const recorded = await ports.records.list();
  const visited = await Promise.all(pending.map(({ key }) => readPending(ports, key)));
  return {
    measurements: [...recorded, ...visited],
    skipped: new Set((await ports.records.skipped()).map((s) => s.trial)),
  };
}

/** The price a deployment was planned at, with its source; null without one. */
export function priceOf({ usdPerHour, priceSource }: PlannedDeployment): Measurement['price'] {
  return usdPerHour === null || priceSource === null ? null : { usdPerHour, ...priceSource };
}

/** As it runs now: what Spot was taken from runs again on-demand, at the dated price of that. */
export function plannedFor(plan: Plan, { id, onDemand }: { id: string; onDemand?: boolean }): PlannedDeployment {
  const planned = findDeployment(plan, id);
  if (!onDemand) return planned;
  const { target, instanceType } = planned.configuration;
  return { ...planned, purchase: 'on-demand', ...priceFields(onDemandPrice(target, instanceType, plan.region)) };
}

export function findDeployment(plan: Plan, id: string): PlannedDeployment {
  const found = plan.deployments.find((d) => d.id === id);
  if (!found) throw new Error(`the plan has no deployment ${id}`);
  return found;
}
