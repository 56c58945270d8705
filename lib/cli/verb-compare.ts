import type { Command } from 'commander';
import { compareRuns, type Side } from '../core/report/comparison.ts';
import { decide } from './conclude.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { printJson, say, table } from './output.ts';

export function register(program: Command, kit: Kit): void {
  program
    .command('compare')
    .description('put two runs side by side, configuration by configuration')
    .argument('<base>', 'run id or run directory')
    .argument('<head>', 'run id or run directory')
    .option('--json', 'print the comparison as one JSON document')
    .action(async (base: string, head: string, o: { json?: boolean }) => {
      const [before, after] = await Promise.all([base, head].map((r) => openRunOrThrow(kit, r)));
      const rows = compareRuns(
        decide(before!.plan, await before!.run.records.list()),
        decide(after!.plan, await after!.run.records.list()),
      );
      if (o.json) return printJson({ base: before!.run.id, head: after!.run.id, rows });
      const cell = (side: Side | null) =>
        side === null ? 'absent' : side.capacityPerMinute === null ? side.standing : side.capacityPerMinute.toFixed(0);
      const times = (ratio: number | null) => (ratio === null ? '-' : `${ratio.toFixed(2)} ×`);
      const lines = table(
        ['configuration', 'instance', 'base items/min', 'head items/min', 'capacity', 'latency'],
        rows.map((r) => [
          r.configuration,
          r.instanceType,
          cell(r.base),
          cell(r.head),
          times(r.capacityRatio),
          times(r.latencyRatio),
        ]),
        [2, 3, 4, 5],
      );
      for (const line of lines) say(line);
    });
}
