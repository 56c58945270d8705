/** One configuration as every report shows it: its verdict, the figures at the load it is judged by, and why. */
import { localCoresOf } from '../catalog/instance.ts';
import { Histogram } from '../load/histogram.ts';
import type { Interval } from '../measure/batch-means.ts';
import { type BottleneckFinding, bottleneckOf } from '../measure/bottleneck.ts';
import type { Measurement } from '../measure/measurement.ts';
import { percentileMs } from '../measure/percentile.ts';
import { summariseUtilisation, type UtilisationSummary } from '../measure/utilisation.ts';
import type { Candidate } from '../recommend/candidate.ts';
import { closestPoint, fastestPoint, feasiblePoints, promptestPoint } from '../recommend/capacity.ts';
import type { OperatingPoint } from '../recommend/operating-point.ts';
import type { Choice, Recommendation, Rejected } from '../recommend/recommendation.ts';
import { usdPerMillion } from '../scale/usd-per-million.ts';
import { candidatesFor } from './candidates-for.ts';

export type RowVerdict = 'chosen' | 'tied' | 'rejected';

export interface ReportRow {
  id: string;
  configuration: string;
  target: string;
  instanceType: string;
  verdict: RowVerdict;
  /** Of a rejected row. */
  reason: Rejected['reason'] | null;
  detail: string | null;
  wouldWinAt: Rejected['wouldWinAt'];
  /** Load the figures belong to; null for single figures of a source. */
  stair: string | null;
  /** Whether that load kept the objective: then the rate is the capacity. */
  meetsSlo: boolean;
  ratePerSecond: number | null;
  /** The rate times the items that a request carries. */
  itemsPerSecond: number | null;
  rateInterval: Interval | null;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  /** The objective's percentile, or the statistic of a source. */
  latencyMs: number | null;
  errorRate: number | null;
  meanBatch: number | null;
  split: { queueMs: number | null; computeMs: number | null; overheadMs: number | null };
  /** What it used of its host at this load, over all repeats; null where no host told. */
  utilisation: UtilisationSummary | null;
  /** What limits it at this load; null where no load was measured. */
  bottleneck: BottleneckFinding | null;
  usdPerHour: number | null;
  usdPerMillion: number | null;
  /** Fleet at capacity, where a demand is stated. */
  instances: number | null;
  fleetUsdPerHour: number | null;
  /** `valid`, or `degraded:unsteady` and the like. */
  validity: string;
  /** Items per second over those of the baseline configuration. */
  ratioToBaseline: number | null;
  repeats: number;
  confirmed: boolean;
  origin: Measurement['origin'];
}

/**
 * The choice first, then ties, then the losers as the recommendation lists them.
 * @param baseline name or id of the configuration that ratios refer to.
 */
export function reportRows(
  recommendation: Recommendation,
  measurements: readonly Measurement[],
  baseline?: string,
): ReportRow[] {
  const candidates = candidatesFor(recommendation, measurements);
  const rejected = new Map(recommendation.rejected.map((r) => [keyOf(r), r]));
  const rows = candidates.map((candidate) => rowOf(candidate, recommendation, rejected));
  const base = rows.find((r) => r.id === baseline || r.configuration === baseline)?.itemsPerSecond ?? null;
  const order = new Map(recommendation.rejected.map((r, i) => [keyOf(r), i]));
  const place = (row: ReportRow) =>
    ({ chosen: -2, tied: -1, rejected: order.get(keyOf(row)) ?? rows.length })[row.verdict];
  return rows
    .map((row) => ({
      ...row,
      ratioToBaseline: base === null || row.itemsPerSecond === null ? null : row.itemsPerSecond / base,
    }))
    .sort((a, b) => place(a) - place(b));
}

export function keyOf(row: Pick<Choice, 'configuration' | 'target' | 'instanceType'>): string {
  return `${row.configuration}@${row.target}/${row.instanceType}`;
}

function rowOf(candidate: Candidate, recommendation: Recommendation, losers: ReadonlyMap<string, Rejected>): ReportRow {
  const { configuration, used } = candidate;
  const { name, target, instanceType, id } = configuration;
  const key = keyOf({ configuration: name, target, instanceType });
  const rejected = losers.get(key) ?? null;
  const fleet = [recommendation.choice, ...recommendation.ties].find((c) => c !== null && keyOf(c) === key) ?? null;
  const { point, meetsSlo } = judgedBy(candidate, recommendation);
  const stairs = used.flatMap((m) => m.stairs.filter((s) => s.id === point?.stairId));
  const latency = stairs.reduce((all, s) => all.merge(Histogram.decode(s.latency)), new Histogram());
  const last = stairs.at(-1);
  return {
    id,
    configuration: name,
    target,
    instanceType,
    verdict: rejected !== null ? 'rejected' : id === recommendation.deploy?.id ? 'chosen' : 'tied',
    reason: rejected?.reason ?? null,
    detail: rejected?.detail ?? null,
    wouldWinAt: rejected?.wouldWinAt ?? null,
    stair: point?.stairId ?? null,
    meetsSlo,
    ratePerSecond: point?.ratePerSecond ?? null,
    itemsPerSecond: point?.itemsPerSecond ?? null,
    rateInterval: point?.interval ?? null,
    p50Ms: percentileMs(latency, 50),
    p95Ms: percentileMs(latency, 95),
    p99Ms: percentileMs(latency, 99),
    latencyMs: point?.latencyMs ?? null,
    errorRate: point?.errorRate ?? null,
    meanBatch: last?.meanBatch ?? null,
    split: last?.split ?? { queueMs: null, computeMs: null, overheadMs: null },
    utilisation: summariseUtilisation(stairs.map((s) => s.utilisation)),
    bottleneck:
      last === undefined
        ? null
        : bottleneckOf({
            stair: last,
            parameters: configuration.parameters,
            serverCores: target === 'local' ? localCoresOf(instanceType) : null,
          }),
    usdPerHour: candidate.usdPerHour,
    usdPerMillion: point !== null && meetsSlo ? usdPerMillion(candidate.usdPerHour, point.itemsPerSecond) : null,
    instances: fleet?.instances ?? null,
    fleetUsdPerHour: fleet?.instances == null ? null : fleet.usdPerHour,
    validity: validityText(used),
    ratioToBaseline: null,
    repeats: used.length,
    confirmed: candidate.confirmed,
    origin: used[0]!.origin,
  };
}

/** The operating point of the objective, else the point that came closest, else whatever was measured last. */
function judgedBy(
  { points }: Candidate,
  { slo, objective }: Recommendation,
): { point: OperatingPoint | null; meetsSlo: boolean } {
  const feasible = feasiblePoints(points, slo.latencyMs);
  const point = objective === 'minimize-latency' ? promptestPoint(feasible) : fastestPoint(feasible);
  if (point !== null) return { point, meetsSlo: true };
  return { point: closestPoint(points) ?? points.find((p) => p.errorsOver) ?? points.at(-1) ?? null, meetsSlo: false };
}

function validityText(used: readonly Measurement[]): string {
  const words = used.flatMap(({ validity }) => validity.reasons.map((r) => `${validity.status}:${r.code}`));
  return [...new Set(words)].join(', ') || 'valid';
}
