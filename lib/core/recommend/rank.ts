/** Feasible candidates in the order of the objective. Every value is better when it is smaller. */
import type { Interval } from '../measure/batch-means.ts';
import { instancesFor } from '../scale/instances.ts';
import { tidy } from '../scale/tidy.ts';
import { usdPerMillion } from '../scale/usd-per-million.ts';
import type { Candidate } from './candidate.ts';
import { type FeasiblePoint, fastestPoint, feasiblePoints, promptestPoint } from './capacity.ts';
import type { Goal } from './goal.ts';

export interface Ranked {
  candidate: Candidate;
  point: FeasiblePoint;
  /** What the objective minimises. */
  value: number;
  /** What rows are compared by: the value, save for `balanced`, whose score depends on who else is there. */
  order: number;
  /** The value at both ends of the confidence interval; both equal to it for a single figure. */
  interval: Interval;
}

const MINUTE = 60;

export function rank(candidates: readonly Candidate[], goal: Goal): Ranked[] {
  return score(candidates, goal).sort(compareRanked);
}

/** The first of `rank` in linear time; null when nothing is feasible. */
export function winner(candidates: readonly Candidate[], goal: Goal): Ranked | null {
  return score(candidates, goal).reduce<Ranked | null>(
    (top, r) => (top === null || compareRanked(r, top) < 0 ? r : top),
    null,
  );
}

/** Value, then latency, then id. */
export function compareRanked(a: Ranked, b: Ranked): number {
  return a.order - b.order || compareEven(a, b);
}

/** Of rows with the same value: latency, then id. */
export function compareEven(a: Pick<Ranked, 'candidate' | 'point'>, b: Pick<Ranked, 'candidate' | 'point'>): number {
  const ids = a.candidate.configuration.id < b.candidate.configuration.id ? -1 : 1;
  return a.point.latencyMs - b.point.latencyMs || ids;
}

function score(candidates: readonly Candidate[], goal: Goal): Ranked[] {
  const feasible = candidates.flatMap((candidate) => {
    const own = feasiblePoints(candidate.points, goal.sloMs);
    const points = own.length > 0 || !goal.whatIf ? own : feasiblePoints(candidate.reserve, goal.sloMs);
    const point = goal.objective === 'minimize-latency' ? promptestPoint(points) : fastestPoint(points);
    return point === null ? [] : [{ candidate, point }];
  });
  if (goal.objective === 'balanced') return balanced(feasible, goal);
  return feasible.map((f) => {
    const valued = objectiveValue(f, goal);
    return { ...f, ...valued, order: valued.value };
  });
}

type Feasible = Pick<Ranked, 'candidate' | 'point'>;
type Valued = Pick<Ranked, 'value' | 'interval'>;

function objectiveValue({ candidate, point }: Feasible, goal: Goal): Valued {
  switch (goal.objective) {
    case 'maximize-throughput': {
      const items = point.itemsPerSecond / point.ratePerSecond;
      return valued(point, (rate) => -rate * items);
    }
    case 'minimize-latency':
      return { value: point.latencyMs, interval: point.latencyInterval ?? at(point.latencyMs) };
    default:
      return valued(point, (rate) => costAt(candidate, point, rate, goal));
  }
}

/** Cost of the demand, or of a million items without one; of an instance's time per item where nothing has a price. */
function costAt({ usdPerHour }: Candidate, point: FeasiblePoint, rate: number, { demandPerMinute }: Goal): number {
  if (rate <= 0) return Number.POSITIVE_INFINITY;
  const items = (rate * point.itemsPerSecond) / point.ratePerSecond;
  if (usdPerHour === null) return 1 / items;
  if (demandPerMinute !== null) return tidy(instancesFor(demandPerMinute, rate * MINUTE) * usdPerHour);
  return usdPerMillion(usdPerHour, items)!;
}

/**
 * Balanced: the geometric mean of how many times dearer and how many times slower than the best of each, √(cost/c* · latency/l*).
 * It has no unit and no weight to choose, and doubling either costs the same. The product cost · latency orders alike, and
 * alike in every field.
 */
function balanced(feasible: readonly Feasible[], goal: Goal): Ranked[] {
  const costs = feasible.map(({ candidate, point }) => valued(point, (rate) => costAt(candidate, point, rate, goal)));
  const cheapest = Math.min(...costs.map((c) => c.value));
  const quickest = Math.min(...feasible.map((f) => f.point.latencyMs));
  const mix = (cost: number, latencyMs: number) => Math.sqrt((cost / cheapest) * (latencyMs / quickest));
  return feasible.map((f, i) => {
    const cost = costs[i]!;
    const latency = f.point.latencyInterval ?? at(f.point.latencyMs);
    const interval = { low: mix(cost.interval.low, latency.low), high: mix(cost.interval.high, latency.high) };
    return { ...f, value: mix(cost.value, f.point.latencyMs), order: cost.value * f.point.latencyMs, interval };
  });
}

/** Each value falls with the rate, so the ends change places. */
function valued(point: FeasiblePoint, of: (ratePerSecond: number) => number): Valued {
  const value = of(point.ratePerSecond);
  if (point.interval === null) return { value, interval: at(value) };
  return { value, interval: { low: of(point.interval.high), high: of(point.interval.low) } };
}

function at(value: number): Interval {
  return { low: value, high: value };
}
