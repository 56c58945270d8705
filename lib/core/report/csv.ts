/** All points, not only the chosen ones, as CSV (RFC 4180): one line for each configuration and load. */
import type { Measurement } from '../measure/measurement.ts';
import { keeps } from '../recommend/capacity.ts';
import type { Recommendation } from '../recommend/recommendation.ts';
import { candidatesFor } from './candidates-for.ts';
import { keyOf, reportRows } from './row.ts';

const HEAD = [
  'configuration',
  'target',
  'instance_type',
  'verdict',
  'reason',
  'stair',
  'rate_per_second',
  'rate_low',
  'rate_high',
  'items_per_second',
  'latency_percentile',
  'latency_ms',
  'latency_upper_ms',
  'error_rate',
  'meets_slo',
  'usd_per_hour',
  'validity',
  'confirmed',
  'origin',
] as const;

type Cell = string | number | boolean | null;

export function reportCsv(recommendation: Recommendation, measurements: readonly Measurement[]): string {
  const rows = new Map(reportRows(recommendation, measurements).map((r) => [keyOf(r), r]));
  const { slo } = recommendation;
  const lines = candidatesFor(recommendation, measurements).flatMap(({ configuration, points, usdPerHour }) => {
    const { name, target, instanceType } = configuration;
    const row = rows.get(keyOf({ configuration: name, target, instanceType }))!;
    return points.map((p): Cell[] => [
      name,
      target,
      instanceType,
      row.verdict,
      row.reason,
      p.stairId,
      p.ratePerSecond,
      p.interval?.low ?? null,
      p.interval?.high ?? null,
      p.itemsPerSecond,
      slo.percentile,
      p.latencyMs,
      p.latencyInterval?.high ?? null,
      p.errorRate,
      keeps(p, slo.latencyMs),
      usdPerHour,
      row.validity,
      row.confirmed,
      row.origin,
    ]);
  });
  return [HEAD, ...lines].map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet runs a text that begins like a formula; a quote before it keeps it text. */
function field(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
