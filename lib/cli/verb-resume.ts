import type { Command } from 'commander';
import { driverOf } from './driver.ts';
import { execute } from './execute.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { refuseEditedPlan } from './plan-seal.ts';
import { startThere } from './start-there.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('resume')
    .description('continue a run; finished trials are not repeated')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--json', 'print the recommendation as one JSON document')
    .option('--events', 'print progress as NDJSON instead of drawing it')
    .action(async (reference: string | undefined, o: { json?: boolean; events?: boolean }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      await refuseEditedPlan(run);
      const { hours } = plan.budget;
      const deadlineMs = hours === null ? null : kit.now().getTime() + hours * 3_600_000;
      const how = { json: o.json ?? false, events: o.events ?? false, deadlineMs };
      leave(await ((await driverOf(run)) === 'aws' ? startThere : execute)(kit, run, plan, how));
    });
}
