/** One CloudWatch alarm: N points in a row on the wrong side. */
import type { MetricPoint } from './metric-series.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** An alarm of N points reads two more and leaves gaps out (CloudWatch, "how alarm state is evaluated when data is missing"). */
export const EXTRA_POINTS = 2;

/**
 * With `TreatMissingData: missing`: N real points decide; with fewer, one good point is OK and bad ones alone change
 * nothing; without any nothing is known.
 *
 * @param points the newest N + EXTRA_POINTS periods, oldest first
 */
export function alarmState(
  before: AlarmState,
  points: readonly MetricPoint[],
  periods: number,
  breaches: (value: number) => boolean,
): AlarmState {
  const real = points.flatMap(({ value }) => (value === null ? [] : [value])).slice(-periods);
  if (real.length === 0) return 'INSUFFICIENT_DATA';
  if (!real.every(breaches)) return 'OK';
  return real.length === periods ? 'ALARM' : before;
}
