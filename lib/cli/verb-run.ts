import type { Command } from 'commander';
import { unrunnable } from '../core/plan/unrunnable.ts';
import { CliError } from './cli-error.ts';
import { execute } from './execute.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, printJson } from './output.ts';
import { planLines, planOrThrow } from './planning.ts';
import { writeRun } from './write-run.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('run')
    .description('measure every configuration of an experiment, tear everything down, recommend')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--json', 'print the recommendation as one JSON document')
    .option('--events', 'print progress as NDJSON instead of drawing it')
    .option('--dry-run', 'print the plan and write nothing')
    .action(async (experiment: string, o: { json?: boolean; events?: boolean; dryRun?: boolean }) => {
      const planned = await planOrThrow(kit, experiment);
      if (o.dryRun) {
        if (o.json) printJson(planned.plan);
        else for (const line of planLines(planned.plan)) note(line);
        return;
      }
      for (const warning of planned.plan.warnings) note(`warning: ${warning}`);
      const [obstacle] = unrunnable(planned.plan);
      if (obstacle) throw new CliError(exitCodes.preflight, obstacle.what, obstacle.fix);
      const run = kit.createRun(planned.plan.experiment);
      const quiet = { progress: { emit: () => undefined }, stop: { read: async () => null } };
      const refused = await kit.preflight(kit.ports(run, planned.plan, quiet), planned.plan);
      if (refused.length > 0) {
        const first = refused[0]!;
        const message = `${refused.length} of ${planned.plan.deployments.length} configurations cannot run here: ${first.configuration} on ${first.instanceType}: ${first.code}`;
        throw new CliError(exitCodes.preflight, message, first.fix);
      }
      await writeRun(run, planned, planned.plan);
      const { hours } = planned.plan.budget;
      const deadlineMs = hours === null ? null : kit.now().getTime() + hours * 3_600_000;
      leave(await execute(kit, run, planned.plan, { json: o.json ?? false, events: o.events ?? false, deadlineMs }));
    });
}
