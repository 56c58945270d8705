/**
 * The load that tells most about where a configuration stops keeping its objective: between the most users that keep it and
 * the fewest that do not, or beyond the most as long as they get more done. A function of what was measured alone, so a
 * resumed run asks for the same.
 */
import type { Measurement } from '../measure/measurement.ts';
import { keeps } from './capacity.ts';
import type { Slo } from './goal.ts';
import { type OperatingPoint, operatingPoints } from './operating-point.ts';

/** More callers than one instance is ever meant for. */
export const MOST_USERS = 256;
/** Between neighbours of the first steps: 1, 4, 16. */
const STRIDE = 4;
/** A step that can raise the rate by less is not worth its time. */
const WORTH = 1.02;
/** So much more must the last step have got done for another one beyond it. */
const PAYS = 1.05;

/** A closed loop at a number of users. */
export interface Step {
  users: number;
  point: OperatingPoint;
}

/** Ascending by users; of repeats pooled. */
export function closedSteps(measurements: readonly Measurement[], slo: Slo): Step[] {
  const users = new Map(
    measurements.flatMap((m) => m.stairs.map((s) => [s.id, s.shape.kind === 'closed' ? s.shape.users : null] as const)),
  );
  return operatingPoints(measurements, slo)
    .flatMap((point) => {
      const count = users.get(point.stairId ?? '') ?? null;
      return count === null ? [] : [{ users: count, point }];
    })
    .sort((a, b) => a.users - b.users);
}

/** @returns null where no number of users is worth a step; also of a configuration that is broken, not overloaded. */
export function nextUsers(measurements: readonly Measurement[], slo: Slo): number | null {
  if (measurements.some((m) => m.validity.status === 'invalid')) return null;
  const steps = closedSteps(measurements, slo);
  const keeping = steps.filter(({ point }) => keeps(point, slo.latencyMs));
  const low = keeping.at(-1) ?? null;
  // A miss below a load that keeps the objective is noise: what keeps it at more keeps it at fewer.
  const high = steps.find((s) => s.users > (low?.users ?? 0)) ?? null;
  if (high === null) return low === null ? null : beyond(low, steps);
  const floor = low?.users ?? 0;
  if (high.users - floor < 2) return null;
  if (low !== null && mostRate(low, high) < low.point.ratePerSecond * WORTH) return null;
  const halfway = Math.sqrt(Math.max(1, floor) * high.users);
  const between = Math.max(halfway, crossing(low, high, slo.latencyMs));
  return Math.min(high.users - 1, Math.max(floor + 1, Math.floor(between)));
}

/** Users beyond the most so far, as long as the last ones paid. */
function beyond(low: Step, steps: readonly Step[]): number | null {
  const before = steps.at(-2);
  const pays = before === undefined || low.point.ratePerSecond >= before.point.ratePerSecond * PAYS;
  const users = Math.min(MOST_USERS, low.users * STRIDE);
  return pays && users > low.users ? users : null;
}

/**
 * Users wait for their answers: fewer than `high` get no more done than those, unless those fail, nor more than in proportion
 * to `low`.
 */
function mostRate(low: Step, high: Step): number {
  const proportional = (low.point.ratePerSecond * (high.users - 1)) / low.users;
  return high.point.errorsOver ? proportional : Math.min(proportional, high.point.ratePerSecond);
}

/**
 * Where the straight line between two upper limits meets the objective; 0 without both. No user waits until the server is full,
 * then each adds the same wait: the curve lies below the line, and meets the objective there or at more users.
 */
function crossing(low: Step | null, high: Step, limitMs: number): number {
  const [from, to] = [low?.point.keepsMs ?? null, high.point.keepsMs];
  if (low === null || from === null || to === null || to <= from) return 0;
  return low.users + ((limitMs - from) / (to - from)) * (high.users - low.users);
}
