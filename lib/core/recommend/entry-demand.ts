/** For rows that are too slow: the demand at which one wins where the limit is just loose enough to admit it. */
import type { Candidate } from './candidate.ts';
import type { Change } from './change.ts';
import { contenderSteps } from './contenders.ts';
import type { Goal } from './goal.ts';
import { winningDemand } from './winning-demand.ts';

export function entryDemands(field: readonly Candidate[], goal: Goal): Map<Candidate, Change> {
  const found = new Map<Candidate, Change>();
  if (goal.objective !== 'minimize-cost' || goal.demandPerMinute === null) return found;
  for (const { limitMs: sloMs, contenders, entered } of contenderSteps(field, goal)) {
    for (const row of entered) {
      const requestsPerMinute = winningDemand(row, contenders, { ...goal, sloMs });
      if (requestsPerMinute !== null) found.set(row.candidate, { sloMs, requestsPerMinute });
    }
  }
  return found;
}
