/**
 * A measured table as a world: `device, usd_per_h, configuration, users | rate_per_s, achieved_per_s, latency_ms, failed,
 * rate_noise, latency_noise`, with `line, instances, max_batch, delay_ms` where a queue is known. Between two rates of a
 * configuration logarithms are interpolated; numbers of users are only those of the table.
 */
import type { Slo } from '../../lib/core/recommend/goal.ts';
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Load } from '../../lib/core/search/trial.ts';
import { groupBy } from './group-by.ts';
import type { Noise, Truth, World } from './world.ts';

export interface TableRow extends Truth {
  device: string;
  usdPerHour: number;
  configuration: string;
  batching: SearchDevice['configurations'][number]['batching'];
  load: Exclude<Load, { kind: 'saturate' }>;
  noise: Noise;
}

export function tableWorld(family: string, name: string, slo: Slo, rows: readonly TableRow[]): World {
  const amount = ({ load }: TableRow) => (load.kind === 'users' ? load.users : load.perSecond);
  const byConfiguration = groupBy(
    rows.toSorted((a, b) => amount(a) - amount(b)),
    (r) => r.configuration,
  );
  const devices = [...groupBy(rows, (r) => r.device)].map(([id, own]): SearchDevice => {
    const configurations = [...new Set(own.map((r) => r.configuration))].map((c) => {
      const list = byConfiguration.get(c)!;
      return {
        id: c,
        batching: list[0]!.batching,
        users: list.flatMap(({ load }) => (load.kind === 'users' ? [load.users] : [])),
      };
    });
    return { id, usdPerHour: own[0]!.usdPerHour, deploySeconds: 420, reloadSeconds: 45, configurations };
  });
  const near = (configuration: string, load: Load): { row: TableRow; next: TableRow; share: number } => {
    const list = byConfiguration.get(configuration)!;
    if (load.kind === 'saturate') {
      const top = list.reduce((a, b) => (b.ratePerSecond > a.ratePerSecond ? b : a));
      return { row: top, next: top, share: 0 };
    }
    const x = load.kind === 'users' ? load.users : load.perSecond;
    const after = list.findIndex((r) => amount(r) >= x);
    const row = after < 0 ? list.at(-1)! : amount(list[after]!) === x || after === 0 ? list[after]! : list[after - 1]!;
    const next = after < 0 ? row : list[after]!;
    return { row, next, share: row === next ? 0 : Math.log(x / amount(row)) / Math.log(amount(next) / amount(row)) };
  };
  const between = (a: number, b: number, share: number) => a * (b / a) ** share;
  return {
    family,
    name,
    slo,
    devices,
    loads: (configuration) => byConfiguration.get(configuration)!.map((r) => r.load),
    noise: (configuration, load) => near(configuration, load).next.noise,
    truth(configuration, load) {
      const { row, next, share } = near(configuration, load);
      const unknown = row.latencyMs === null || next.latencyMs === null || load.kind === 'saturate';
      return {
        ratePerSecond: between(row.ratePerSecond, next.ratePerSecond, share),
        latencyMs: unknown ? null : between(row.latencyMs!, next.latencyMs!, share),
        failed: row.failed || next.failed,
      };
    },
  };
}
