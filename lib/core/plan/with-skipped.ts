/** A plan as its run left it: what never ran stands beside what was skipped before. */
import type { Plan, SkippedRow } from './plan.ts';

/** @param rows one for each trial; a configuration is named once for each reason. */
export function withSkipped(plan: Plan, rows: readonly SkippedRow[]): Plan {
  const key = (r: SkippedRow) => `${r.configuration} ${r.target} ${r.instanceType} ${r.code}`;
  return { ...plan, skipped: [...plan.skipped, ...new Map(rows.map((r) => [key(r), r])).values()] };
}
