/** Our figures against the job's for the same configurations: where they differ, and what either does not say. */
import type { Measurement } from '../measure/measurement.ts';
import { candidatesOf } from '../recommend/candidate.ts';
import type { Slo } from '../recommend/goal.ts';
import type { OperatingPoint } from '../recommend/operating-point.ts';

export interface Figures {
  /** Highest rate reached: what the job calls MaxInvocations. */
  requestsPerMinute: number | null;
  /** At that rate. */
  latencyMs: number | null;
  statistic: string | null;
  errorRate: number | null;
  /** 95 % interval of the rate; null for a single figure. */
  interval: { low: number; high: number } | null;
  usdPerHour: number | null;
}

export interface Disagreement {
  configuration: string;
  instanceType: string;
  /** null where we have no measurement of it. */
  ours: Figures | null;
  /** null where the job has none. */
  job: Figures | null;
  /** Job over ours; null unless both have the figure. */
  rateRatio: number | null;
  latencyRatio: number | null;
  /** Whether the job's rate lies outside our interval; null where there is no interval. */
  outside: boolean | null;
}

/** One row for each configuration of either side, the largest difference in rate first, then what has no counterpart. */
export function disagreements(
  ours: readonly Measurement[],
  imported: readonly Measurement[],
  slo: Slo,
): Disagreement[] {
  const mine = figuresBy(ours, slo);
  const theirs = figuresBy(imported, slo);
  const rows = [...new Set([...mine.keys(), ...theirs.keys()])].map((id) => row(mine.get(id), theirs.get(id)));
  const distance = ({ rateRatio }: Disagreement) => (rateRatio === null ? -1 : Math.abs(Math.log(rateRatio)));
  return rows.sort((a, b) => distance(b) - distance(a));
}

interface Placed {
  configuration: string;
  instanceType: string;
  figures: Figures;
}

function row(ours: Placed | undefined, job: Placed | undefined): Disagreement {
  const { configuration, instanceType } = (ours ?? job)!;
  const [a, b] = [ours?.figures ?? null, job?.figures ?? null];
  const rate = b?.requestsPerMinute ?? null;
  return {
    configuration,
    instanceType,
    ours: a,
    job: b,
    rateRatio: ratio(rate, a?.requestsPerMinute),
    latencyRatio: ratio(b?.latencyMs, a?.latencyMs),
    outside: rate === null || !a?.interval ? null : rate < a.interval.low || rate > a.interval.high,
  };
}

function ratio(above: number | null | undefined, below: number | null | undefined): number | null {
  return above == null || below == null || below === 0 ? null : above / below;
}

function figuresBy(measurements: readonly Measurement[], slo: Slo): Map<string, Placed> {
  return new Map(
    candidatesOf(measurements, slo, true).map(({ configuration, points, used, usdPerHour }) => {
      const { name, instanceType, id } = configuration;
      const statistic = used.find((m) => m.scalar !== null)?.scalar?.statistic ?? `p${slo.percentile}`;
      return [id, { configuration: name, instanceType, figures: figuresOf(points, statistic, usdPerHour) }];
    }),
  );
}

/** The job's figure is where the rate levels out, so ours is the highest rate, whatever the objective says of it. */
function figuresOf(points: readonly OperatingPoint[], statistic: string, usdPerHour: number | null): Figures {
  const best = [...points].sort((a, b) => b.ratePerSecond - a.ratePerSecond)[0];
  if (!best) {
    return { requestsPerMinute: null, latencyMs: null, statistic: null, errorRate: null, interval: null, usdPerHour };
  }
  const { ratePerSecond, latencyMs, errorRate, interval } = best;
  return {
    requestsPerMinute: ratePerSecond * 60,
    latencyMs,
    statistic,
    errorRate,
    interval: interval && { low: interval.low * 60, high: interval.high * 60 },
    usdPerHour,
  };
}
