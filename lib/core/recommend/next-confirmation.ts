/** The load to confirm at where the best one of the screening did not keep its objective again: the next lower one. */
import type { Measurement } from '../measure/measurement.ts';
import { keeps } from './capacity.ts';
import type { Slo } from './goal.ts';
import { closedSteps, type Step } from './next-users.ts';

/**
 * @param screened of one configuration.
 * @param confirmed of the same one's confirmation, so far.
 * @returns id of its load; null where one was confirmed, or none below keeps the objective.
 */
export function nextConfirmation(
  screened: readonly Measurement[],
  confirmed: readonly Measurement[],
  slo: Slo,
): string | null {
  const held = ({ point }: Step) => keeps(point, slo.latencyMs);
  const seen = closedSteps(confirmed, slo);
  const lowest = seen[0];
  if (lowest === undefined || seen.some(held) || confirmed.some((m) => m.validity.status === 'invalid')) return null;
  return closedSteps(screened, slo).findLast((s) => s.users < lowest.users && held(s))?.point.stairId ?? null;
}
