/** A run's own measurements as a table: what the search would have found with less. Closed-loop stairs only. */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Measurement, measurementSchema } from '../../lib/core/measure/measurement.ts';
import { operatingPoints } from '../../lib/core/recommend/operating-point.ts';
import { groupBy } from './group-by.ts';
import { type TableRow, tableWorld } from './table-world.ts';
import type { World } from './world.ts';

/** A run on a laptop has no price: every device costs the same. */
const UNPRICED = 1;
const PERCENTILE = 95;
/** From a 95 % interval to a standard error. */
const Z = 1.96;

export function runWorld(path: string): World {
  const measurements = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => measurementSchema.parse(JSON.parse(line)));
  const slo = { percentile: PERCENTILE, latencyMs: Number.POSITIVE_INFINITY, maxErrorRate: 0.001 };
  const rows = [...groupBy(measurements, (m) => m.configuration.id).values()].flatMap((own) => rowsOf(own, slo));
  if (rows.length === 0) throw new Error(`${path} has no closed-loop stairs: run with \`load: { protocol: stairs }\``);
  // Twice the quickest answer at the lowest load, so that every configuration has a boundary to find.
  const least = Math.min(...rows.flatMap((r) => (r.latencyMs === null ? [] : [r.latencyMs])));
  return tableWorld('run', basename(dirname(path)), { ...slo, latencyMs: 2 * least }, rows);
}

function rowsOf(own: readonly Measurement[], slo: Parameters<typeof operatingPoints>[1]): TableRow[] {
  const { configuration, price } = own[0]!;
  const users = new Map(
    own.flatMap((m) => m.stairs.flatMap(({ id, shape }) => (shape.kind === 'closed' ? [[id, shape.users]] : []))),
  );
  return operatingPoints(own, slo).flatMap((point): TableRow[] => {
    const load = users.get(point.stairId ?? '');
    if (load === undefined) return [];
    const error = (value: number, interval: { low: number; high: number } | null) =>
      interval === null || value <= 0 ? 0.05 : Math.max(0.005, (interval.high - interval.low) / 2 / Z / value);
    return [
      {
        device: `${configuration.target}/${configuration.instanceType}`,
        usdPerHour: price?.usdPerHour ?? UNPRICED,
        configuration: configuration.id,
        batching: null,
        load: { kind: 'users', users: load },
        ratePerSecond: point.ratePerSecond,
        latencyMs: point.latencyMs,
        failed: point.errorsOver || point.latencyMs === null,
        noise: {
          rate: error(point.ratePerSecond, point.interval),
          latency: error(point.latencyMs ?? 0, point.latencyInterval),
        },
      },
    ];
  });
}
