/** What a policy must beat: a fleet that never scales, and one that knows the trace and follows a timetable. */
import { instancesFor } from './instances.ts';
import type { Fleet, Policy, Replays } from './replays.ts';
import type { ScheduledBounds } from './scaling-values.ts';
import { MINUTE_S, perMinute, type Trace } from './trace/trace.ts';

const fixed = { scaleOutCooldownS: 0, scaleInCooldownS: 0 };

export function staticPolicy(instances: number, targetValue: number): Policy {
  return {
    values: {
      targetValue,
      minCapacity: instances,
      initialCapacity: instances,
      maxCapacity: instances,
      ...fixed,
    },
  };
}

/** The smallest fleet without scaling that misses no more than `goal` on 95 of 100 days; null up to `most`. */
export function smallestStatic(
  replays: Replays,
  fleet: Fleet,
  o: { goal: number; targetValue: number; most: number; seeds: number },
): Policy | null {
  const enough = (n: number) =>
    replays.outcome(staticPolicy(n, o.targetValue), fleet, 'proportional', o.seeds).missShare.p95 <= o.goal;
  if (!enough(o.most)) return null;
  let [low, high] = [1, o.most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return staticPolicy(high, o.targetValue);
}

const HOUR = 60;

/** For every hour what its busiest minute needs, asked for one start earlier. Whoever has no oracle does worse. */
export function scheduledPolicy(
  trace: Trace,
  o: { targetValue: number; floor: number; startS: number; quota: number | null },
): Policy {
  const minutes = perMinute(trace);
  const leadMinutes = Math.ceil((1.5 * o.startS) / MINUTE_S);
  const hours = Array.from({ length: Math.ceil(minutes.length / HOUR) }, (_, h) => {
    const busiest = Math.max(...minutes.slice(h * HOUR, (h + 1) * HOUR));
    return Math.min(Math.max(o.floor, instancesFor(busiest, o.targetValue)), o.quota ?? Number.POSITIVE_INFINITY);
  });
  const schedule: ScheduledBounds[] = hours.slice(1).flatMap((n, i) => {
    const before = hours[i]!;
    // Up ahead of the hour, down when it has begun.
    const minute = (i + 1) * HOUR - (n > before ? leadMinutes : 0);
    return n === before ? [] : [{ atS: minute * MINUTE_S, minCapacity: n, maxCapacity: n }];
  });
  const first = hours[0]!;
  const values = {
    targetValue: o.targetValue,
    minCapacity: first,
    initialCapacity: first,
    maxCapacity: first,
    ...fixed,
  };
  return { values, schedule };
}
