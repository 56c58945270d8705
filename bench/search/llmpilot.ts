/**
 * Measured closed-loop runs of language models on GPUs (IBM/LLM-performance-prediction, CDLA-Permissive-2.0). The objective is
 * the p95 of latency per token; a trial's noise is what its own first 30 s were off by.
 */
import { type Row, readCsv } from './csv.ts';
import { groupBy } from './group-by.ts';
import { type TableRow, tableWorld } from './table-world.ts';
import type { World } from './world.ts';

const GOAL_MS = 150;
const MAX_ERROR_RATE = 0.01;

export function llmpilotWorlds(path: string): World[] {
  const slo = { percentile: 95, latencyMs: GOAL_MS, maxErrorRate: MAX_ERROR_RATE };
  return [...groupBy(readCsv(path), (r) => r['model']!)].map(([model, rows]) =>
    tableWorld('llmpilot', `llmpilot-${model}`, slo, rows.map(rowOf)),
  );
}

function rowOf(row: Row): TableRow {
  const number = (name: string) => (row[name] === '' ? Number.NaN : Number(row[name]));
  const device = `${row['n_gpus']}x${row['gpu']}`;
  const [ok, errors, tokens] = [number('n_ok'), number('n_err'), number('out_tok_s')];
  const latencyMs = number('norm_tok_lat_p95_ms');
  const failed = !(ok > 0) || errors / (ok + errors) > MAX_ERROR_RATE || !(tokens > 0) || !(latencyMs > 0);
  return {
    device,
    usdPerHour: number('usd_per_h'),
    configuration: device,
    batching: null,
    load: { kind: 'users', users: number('users') },
    ratePerSecond: tokens > 0 ? tokens : 1e-3,
    latencyMs: failed ? null : latencyMs,
    failed,
    noise: { rate: off(number('tok_s_first30'), tokens), latency: off(number('ntl_p95_first30'), latencyMs) },
  };
}

/** From 30 s to 60 s errors shrink by √2; nothing is measured better than 2 %. */
function off(early: number, whole: number): number {
  const ratio = Math.abs(Math.log(early / whole)) / Math.SQRT2;
  return Number.isFinite(ratio) ? Math.max(0.02, ratio) : 0.1;
}
