import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { carrierOf, driverOf } from './driver.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { follow } from './start-there.ts';
import { QUIET } from './verb-status.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('watch')
    .description('follow a run that AWS drives, to its end')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--json', 'print the recommendation as one JSON document')
    .action(async (reference: string | undefined, o: { json?: boolean }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      if ((await driverOf(run)) !== 'aws') {
        throw new CliError(
          exitCodes.usage,
          `run ${run.id} is driven by a terminal, which shows it`,
          `infersweep status ${run.id}`,
        );
      }
      const there = { ports: await kit.ports(run, plan, QUIET), cloud: await kit.cloud(plan, await carrierOf(run)) };
      leave(await follow(kit, run, plan, there, { json: o.json ?? false, events: false, deadlineMs: null }));
    });
}
