/** Whether a run that was started again came out the same: its intervals against the values of the run before. */
import type { Measurement } from '../measure/measurement.ts';
import { candidatesOf } from '../recommend/candidate.ts';
import { fastestPoint, feasiblePoints } from '../recommend/capacity.ts';
import type { Slo } from '../recommend/goal.ts';
import type { OperatingPoint } from '../recommend/operating-point.ts';

export interface ReplayedFigure {
  before: number | null;
  now: number | null;
  /** 95 % interval of the new value; null when there is none. */
  interval: { low: number; high: number } | null;
  /** The new interval contains the old value; null when one of them is not known, or may not be judged by. */
  contained: boolean | null;
}

export interface ReplayedRow {
  configuration: string;
  /** Load at which the run before did best inside the objective, else its highest; null where nothing was measured. */
  stair: string | null;
  ratePerSecond: ReplayedFigure;
  latencyMs: ReplayedFigure;
}

/** A row for each configuration of the run before, in its order. */
export function replayed(before: readonly Measurement[], now: readonly Measurement[], slo: Slo): ReplayedRow[] {
  const fresh = candidatesOf(now, slo, true);
  return candidatesOf(before, slo, true).map(({ configuration, points, refused }) => {
    const old = fastestPoint(feasiblePoints(points, slo.latencyMs)) ?? points.at(-1) ?? null;
    const candidate = fresh.find((c) => c.configuration.id === configuration.id);
    // A confirmation may have loaded another stair this time.
    const again = [...(candidate?.points ?? []), ...(candidate?.reserve ?? [])].find((p) => p.stairId === old?.stairId);
    const judged = refused === null && candidate?.refused === null;
    return {
      configuration: configuration.id,
      stair: old?.stairId ?? null,
      ratePerSecond: figure(
        judged,
        old,
        again,
        (p) => p.ratePerSecond,
        (p) => p.interval,
      ),
      latencyMs: figure(
        judged,
        old,
        again,
        (p) => p.latencyMs,
        (p) => p.latencyInterval,
      ),
    };
  });
}

function figure(
  judged: boolean,
  old: OperatingPoint | null,
  again: OperatingPoint | undefined,
  of: (p: OperatingPoint) => number | null,
  intervalOf: (p: OperatingPoint) => ReplayedFigure['interval'],
): ReplayedFigure {
  const before = old === null ? null : of(old);
  const now = again === undefined ? null : of(again);
  const interval = again === undefined ? null : intervalOf(again);
  const contained =
    !judged || before === null || interval === null ? null : before >= interval.low && before <= interval.high;
  return { before, now, interval, contained };
}

/** Names that differ, with both values: of locks, of hosts, of versions. */
export function differences(
  before: { [key: string]: unknown },
  now: { [key: string]: unknown },
): { name: string; before: string; now: string }[] {
  const text = (v: unknown) =>
    v === undefined || v === null ? 'unknown' : typeof v === 'string' ? v : JSON.stringify(v);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .map((name) => ({ name, before: text(before[name]), now: text(now[name]) }))
    .filter((row) => row.before !== row.now);
}
