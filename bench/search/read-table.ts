/**
 * A CSV of somebody's measurements. Columns, in any order: device, usd_per_h, configuration, users or rate_per_s (offered),
 * achieved_per_s, latency_ms (the percentile of the objective; empty for none), failed (0 or 1), and the same in each row
 * percentile, slo_ms. Where a queue is known: line, instances, max_batch, delay_ms. Relative errors of a trial of 60 s:
 * rate_noise, latency_noise (0.05 where absent).
 */
import { basename } from 'node:path';
import { type Row, readCsv } from './csv.ts';
import { type TableRow, tableWorld } from './table-world.ts';
import type { World } from './world.ts';

const NEEDED = ['device', 'usd_per_h', 'configuration', 'achieved_per_s', 'latency_ms', 'percentile', 'slo_ms'];
const NOISE = 0.05;

export function readTable(path: string): World[] {
  const rows = readCsv(path);
  const missing = NEEDED.filter((name) => rows[0]?.[name] === undefined);
  if (missing.length > 0)
    throw new Error(`${path} lacks the columns ${missing.join(', ')}: see bench/search/read-table.ts`);
  const slo = { percentile: Number(rows[0]!['percentile']), latencyMs: Number(rows[0]!['slo_ms']), maxErrorRate: 0.01 };
  return [tableWorld('table', basename(path, '.csv'), slo, rows.map(rowOf))];
}

function rowOf(row: Row): TableRow {
  const latencyMs = row['latency_ms'] ? Number(row['latency_ms']) : null;
  const users = row['users'];
  return {
    device: row['device']!,
    usdPerHour: Number(row['usd_per_h']),
    configuration: row['configuration']!,
    batching: row['max_batch']
      ? {
          line: row['line'] || 'line',
          instances: Number(row['instances'] || 1),
          maxBatch: Number(row['max_batch']),
          delayMs: Number(row['delay_ms'] || 0),
        }
      : null,
    load: users ? { kind: 'users', users: Number(users) } : { kind: 'rate', perSecond: Number(row['rate_per_s']) },
    ratePerSecond: Number(row['achieved_per_s']),
    latencyMs,
    failed: row['failed'] === '1' || latencyMs === null,
    noise: { rate: Number(row['rate_noise'] || NOISE), latency: Number(row['latency_noise'] || NOISE) },
  };
}
