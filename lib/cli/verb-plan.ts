import type { Command } from 'commander';
import type { Kit } from './kit.ts';
import { printJson, say } from './output.ts';
import { planLines, planOrThrow } from './planning.ts';

export function register(program: Command, kit: Kit): void {
  program
    .command('plan')
    .description('show what a run would do and cost; creates nothing')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--json', 'print the plan as one JSON document')
    .action(async (experiment: string, o: { json?: boolean }) => {
      const { plan } = await planOrThrow(kit, experiment);
      if (o.json) printJson(plan);
      else for (const line of planLines(plan)) say(line);
    });
}
