import type { PlannedDeployment, SkippedRow } from '../plan/plan.ts';

/** A planned deployment that will not be made, and what the user can do about it. */
export function skippedRow({ configuration: c }: PlannedDeployment, code: SkippedRow['code'], fix: string): SkippedRow {
  return { configuration: c.name, target: c.target, instanceType: c.instanceType, code, rule: null, fix };
}
