/**
 * Measured batch times of eight AWS types (boringlee24/SC21_Ribbon, MIT) behind a simulated queue. A request carries ten
 * samples; latency goals are those of its authors.
 */
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Server } from './batch-server.ts';
import { type Row, readCsv } from './csv.ts';
import { queueWorld } from './queue-world.ts';
import type { World } from './world.ts';

const GOALS_MS: Record<string, number> = { candle: 40, resnet: 400, mtwnd: 21 };
const BATCHES = [1, 2, 4, 8, 16, 32];
const DELAY_SHARES = [0, 0.1, 0.25];
const SAMPLES = 10;

export function ribbonWorlds(path: string): World[] {
  const rows = readCsv(path);
  return Object.entries(GOALS_MS).map(([model, latencyMs]) =>
    ribbonWorld(
      model,
      latencyMs,
      rows.filter((r) => r['model'] === model),
    ),
  );
}

function ribbonWorld(model: string, latencyMs: number, rows: readonly Row[]): World {
  const servers = new Map<string, Server>();
  const devices = [...new Set(rows.map((r) => r['instance']!))].map((id): SearchDevice => {
    const own = rows.filter((r) => r['instance'] === id);
    const ms = new Map(own.map((r) => [Number(r['batch']) / SAMPLES, Number(r['mean_ms'])]));
    const scatter = own.reduce((sum, r) => sum + Number(r['cv']), 0) / own.length;
    const configurations = BATCHES.flatMap((maxBatch) =>
      DELAY_SHARES.filter((d) => d === 0 || maxBatch > 1).map((share) => {
        const delayMs = share * latencyMs;
        const name = `${id}/b${maxBatch}/d${delayMs}`;
        servers.set(name, { meanMs: (n) => ms.get(n)!, scatter, instances: 1, maxBatch, delayMs });
        return { id: name, batching: { line: 'x1', instances: 1, maxBatch, delayMs }, users: [] };
      }),
    );
    return { id, usdPerHour: Number(own[0]!['usd_per_h']), deploySeconds: 420, reloadSeconds: 45, configurations };
  });
  return queueWorld({
    family: 'ribbon',
    name: `ribbon-${model}`,
    slo: { percentile: 99, latencyMs, maxErrorRate: 0.01 },
    devices,
    servers,
    // The study's: 5 % of a rate, 7.5 % of a p99 in 60 s.
    noise: { rate: 0.05, latency: 0.075 },
    step: 1.2,
  });
}
