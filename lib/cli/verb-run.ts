import type { Command } from 'commander';
import { unrunnable } from '../core/plan/unrunnable.ts';
import type { Json } from '../core/ports/workflow.ts';
import { CliError } from './cli-error.ts';
import { type DriverOptions, driverFor } from './driver.ts';
import { execute } from './execute.ts';
import { exitCodes } from './exit-codes.ts';
import type { CloudCarrier, Kit, Run } from './kit.ts';
import { note, printJson } from './output.ts';
import { planLines, planOrThrow } from './planning.ts';
import { readyPlan } from './ready-plan.ts';
import { startThere } from './start-there.ts';
import { QUIET } from './verb-status.ts';
import { writeRun } from './write-run.ts';

interface RunOptions extends DriverOptions {
  json?: boolean;
  events?: boolean;
  dryRun?: boolean;
}

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('run')
    .description('measure every configuration of an experiment, tear everything down, recommend')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--json', 'print the recommendation as one JSON document')
    .option('--events', 'print progress as NDJSON instead of drawing it')
    .option('--on <where>', 'aws: the run is driven there, and goes on when this terminal closes')
    .option('--carrier <what>', 'with --on aws: durable or fargate, instead of what the account has')
    .option('--from-here', 'this process drives AWS')
    .option('--dry-run', 'print the plan and write nothing')
    .action(async (experiment: string, o: RunOptions) => {
      const planned = await planOrThrow(kit, experiment);
      if (o.dryRun) {
        if (o.json) printJson(planned.plan);
        else for (const line of planLines(planned.plan)) note(line);
        return;
      }
      for (const warning of planned.plan.warnings) note(`warning: ${warning}`);
      const [obstacle] = unrunnable(planned.plan);
      if (obstacle) throw new CliError(exitCodes.preflight, obstacle.what, obstacle.fix);
      const driver = driverFor(planned.plan, experiment, o);
      let run: Run | null = null;
      // A run that the account refuses leaves no folder behind.
      const begun = () => {
        run ??= kit.createRun(planned.plan.experiment);
        return run;
      };
      const plan = await readyPlan(kit, planned.plan, experiment, () => kit.ports(begun(), planned.plan, QUIET));
      const lock = { ...(planned.lock as { [key: string]: Json }), host: kit.host(plan) };
      const carrier = driver === 'aws' ? await kit.cloudCarrier(plan, (o.carrier as CloudCarrier) ?? null) : null;
      await writeRun(begun(), { ...planned, lock }, plan, { driver, carrier });
      const { hours } = plan.budget;
      const deadlineMs = hours === null ? null : kit.now().getTime() + hours * 3_600_000;
      const how = { json: o.json ?? false, events: o.events ?? false, deadlineMs };
      leave(await (driver === 'aws' ? startThere : execute)(kit, begun(), plan, how));
    });
}
