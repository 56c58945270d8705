/** How late an instance answers at a rate: what a fleet's simulation knows of the measurements. */
export interface CapacityCurve {
  /** Highest rate that met the objective, requests per second. */
  capacityPerSecond: number;
  /** Highest rate that was completed at all; what comes faster waits. */
  maxPerSecond: number;
  /** How long a request may wait before service and still be in time, seconds. */
  slackS: number;
  /** Share of answers after the limit at a rate; ascending. */
  late: readonly { ratePerSecond: number; share: number }[];
}

/** Between measured rates the share is interpolated; below the lowest it is that of the lowest. */
export function lateShare({ late, maxPerSecond }: CapacityCurve, ratePerSecond: number): number {
  const above = late.findIndex((p) => p.ratePerSecond >= ratePerSecond);
  if (above === 0) return late[0]!.share;
  if (above > 0) return between(late[above - 1]!, late[above]!, ratePerSecond);
  const last = late.at(-1);
  if (last === undefined) return 0;
  // Nothing was measured between the last rate inside the objective and saturation, where all are late.
  return last.ratePerSecond >= maxPerSecond
    ? last.share
    : between(last, { ratePerSecond: maxPerSecond, share: 1 }, Math.min(ratePerSecond, maxPerSecond));
}

interface Point {
  ratePerSecond: number;
  share: number;
}

function between(a: Point, b: Point, rate: number): number {
  return a.share + ((b.share - a.share) * (rate - a.ratePerSecond)) / (b.ratePerSecond - a.ratePerSecond);
}
