import type { Command } from 'commander';
import type { Kit } from './kit.ts';
import { printJson, say } from './output.ts';
import { planOrThrow } from './planning.ts';

export function register(program: Command, kit: Kit): void {
  program
    .command('validate')
    .description('check an experiment; every problem is shown with its line and column')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--json', 'print the outcome as one JSON document')
    .action(async (experiment: string, o: { json?: boolean }) => {
      const { plan } = await planOrThrow(kit, experiment);
      const counts = { valid: true, configurations: plan.deployments.length, skipped: plan.skipped.length };
      if (o.json) printJson(counts);
      else say(`${experiment} is valid: ${counts.configurations} configurations, ${counts.skipped} skipped`);
    });
}
