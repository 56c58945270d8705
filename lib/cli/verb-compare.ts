import type { Command } from 'commander';
import { compareRuns, type Side } from '../core/report/comparison.ts';
import type { Kit } from './kit.ts';
import { openEvidenceOrThrow } from './open-evidence.ts';
import { printJson, say, table } from './output.ts';

export function register(program: Command, kit: Kit): void {
  program
    .command('compare')
    .description('put two runs side by side, configuration by configuration')
    .argument('<base>', 'run id, run directory, or directory with published.json')
    .argument('<head>', 'run id, run directory, or directory with published.json')
    .option('--json', 'print the comparison as one JSON document')
    .action(async (base: string, head: string, o: { json?: boolean }) => {
      const [before, after] = await Promise.all([base, head].map((r) => openEvidenceOrThrow(kit, r)));
      const rows = compareRuns(before!.recommendation, after!.recommendation);
      if (o.json) return printJson({ base: before!.id, head: after!.id, rows });
      const cell = (side: Side | null) =>
        side === null ? 'absent' : side.capacityPerMinute === null ? side.standing : side.capacityPerMinute.toFixed(0);
      const times = (ratio: number | null) => (ratio === null ? '-' : `${ratio.toFixed(2)} ×`);
      const lines = table(
        ['configuration', 'instance', 'base requests/min', 'head requests/min', 'capacity', 'latency'],
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
