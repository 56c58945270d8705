/**
 * Who is the cheapest fleet at which demand, the limit being what it is. Fleets come in whole instances, so the winner can
 * only change where a row's fleet is full: at the multiples of its capacity.
 */
import { instancesFor } from '../scale/instances.ts';
import { tidy } from '../scale/tidy.ts';
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import type { Ranked } from './rank.ts';

export interface DemandInterval {
  /** The winner holds for demands in (fromPerMinute, toPerMinute]: a full fleet still serves. */
  fromPerMinute: number;
  toPerMinute: number;
  winner: Candidate;
}

/** Multiples looked at; a fleet of hundreds differs from the next by less than anyone measures. */
const MAX_STEPS = 2000;

/**
 * Ascending, neighbours with different winners.
 * @param contenders as `contendersOf` gives them for the goal's limit.
 * @returns null where there would be too many steps between the bounds; nothing where nothing is feasible.
 */
export function demandMap(
  contenders: readonly Ranked[],
  goal: Goal,
  { low, high }: { low: number; high: number },
): DemandInterval[] | null {
  if (contenders.length === 0) return [];
  const cuts = fullFleets(contenders, low, high);
  if (cuts === null) return null;
  const intervals: DemandInterval[] = [];
  for (const [i, to] of [...cuts, high].entries()) {
    const from = i === 0 ? low : cuts[i - 1]!;
    // Multiples of different rows may be equal but for their last digits: nothing lies between them.
    if (to - from <= to * 1e-9) continue;
    const best = cheapestAt(contenders, goal, (from + to) / 2);
    const last = intervals.at(-1);
    if (last?.winner === best) last.toPerMinute = to;
    else intervals.push({ fromPerMinute: last?.toPerMinute ?? low, toPerMinute: to, winner: best });
  }
  return intervals;
}

/** The first of `rank` among contenders, whose order is that of ties. */
export function cheapestAt(contenders: readonly Ranked[], { objective }: Goal, demandPerMinute: number): Candidate {
  const orderOf = ({ candidate, point }: Ranked) => {
    const cost = instancesFor(demandPerMinute, point.ratePerSecond * 60) * candidate.usdPerHour!;
    return objective === 'balanced' ? tidy(cost) * point.latencyMs : tidy(cost);
  };
  let best = contenders[0]!;
  let least = orderOf(best);
  for (const row of contenders) {
    const order = orderOf(row);
    if (order < least) [best, least] = [row, order];
  }
  return best.candidate;
}

/** Demands at which some row's fleet is full, between the bounds, ascending; null where they are too many. */
export function fullFleets(contenders: readonly Ranked[], low: number, high: number): number[] | null {
  const steps = contenders.reduce((sum, r) => sum + (high - low) / perMinute(r), 0);
  if (steps > MAX_STEPS) return null;
  const cuts = contenders.flatMap((r) => multiples(perMinute(r), low, high));
  return [...new Set(cuts)].sort((a, b) => a - b);
}

function multiples(capacity: number, low: number, high: number): number[] {
  const first = Math.floor(low / capacity) + 1;
  const count = Math.max(0, Math.ceil(high / capacity) - first);
  return Array.from({ length: count }, (_, i) => tidy((first + i) * capacity));
}

function perMinute({ point }: Ranked): number {
  return point.ratePerSecond * 60;
}

/** Does the demand decide who wins? */
export function demandCounts({ objective, demandPerMinute }: Goal): boolean {
  return demandPerMinute !== null && (objective === 'minimize-cost' || objective === 'balanced');
}
