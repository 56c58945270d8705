import { type LoadResult, loadResultSchema } from '../../core/load/job.ts';
import { type Measurement, measurementSchema } from '../../core/measure/measurement.ts';
import { type Plan, type PlannedDeployment, planSchema } from '../../core/plan/plan.ts';
import type { EnginePorts } from '../ports.ts';

/** Documents are read inside steps and by key, because a durable result must stay small. */
async function required(ports: EnginePorts, key: string): Promise<string> {
  const text = await ports.store.get(key);
  if (text === null) throw new Error(`the run has no ${key}`);
  return text;
}

export async function readPlan(ports: EnginePorts): Promise<Plan> {
  return planSchema.parse(JSON.parse(await required(ports, 'plan.json')));
}

export async function readText(ports: EnginePorts, key: string): Promise<string> {
  return required(ports, key);
}

export async function readLoadResult(ports: EnginePorts, key: string): Promise<LoadResult> {
  return loadResultSchema.parse(JSON.parse(await required(ports, key)));
}

/** A measurement that is complete but not yet terminal: its teardown is not confirmed. */
export async function writePending(ports: EnginePorts, key: string, measurement: Measurement): Promise<void> {
  await ports.store.put(key, JSON.stringify(measurementSchema.parse(measurement)));
}

export async function readPending(ports: EnginePorts, key: string): Promise<Measurement> {
  return measurementSchema.parse(JSON.parse(await required(ports, key)));
}

/** The price a deployment was planned at, with its source; null without one. */
export function priceOf({ usdPerHour, priceSource }: PlannedDeployment): Measurement['price'] {
  return usdPerHour === null || priceSource === null ? null : { usdPerHour, ...priceSource };
}

export function findDeployment(plan: Plan, id: string): PlannedDeployment {
  const found = plan.deployments.find((d) => d.id === id);
  if (!found) throw new Error(`the plan has no deployment ${id}`);
  return found;
}
