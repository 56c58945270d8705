import type { Command } from 'commander';
import { destroyAll } from '../engine/run.ts';
import type { SmokeOutcome } from '../engine/workflow/smoke.ts';
import { workflows } from '../engine/workflow/sweep.ts';
import { CliError } from './cli-error.ts';
import { takeOrThrow } from './execute.ts';
import { exitCodes, worstOf } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note, paint, printJson, say } from './output.ts';
import { planOrThrow } from './planning.ts';
import { isLeaking, remainLines } from './remain-lines.ts';
import { openView } from './view.ts';
import { writeRun } from './write-run.ts';

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('smoke')
    .description('deploy one configuration, check its golden outputs, tear it down; no load')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .option('--configuration <name>', 'which one; the first unless given')
    .option('--json', 'print the outcome as one JSON document')
    .action(async (experiment: string, o: { configuration?: string; json?: boolean }) => {
      const planned = await planOrThrow(kit, experiment);
      const { deployments } = planned.plan;
      const found = deployments.find(
        (d) => o.configuration === undefined || d.configuration.name === o.configuration || d.id === o.configuration,
      );
      if (!found) {
        const names = deployments.map((d) => d.configuration.name).join(', ');
        throw new CliError(
          exitCodes.usage,
          `no configuration "${o.configuration}"; allowed: ${names}`,
          `infersweep plan ${experiment}`,
        );
      }
      const plan = { ...planned.plan, deployments: [found] };
      const run = kit.createRun(`${plan.experiment}-smoke`);
      await writeRun(run, planned, plan);
      kit.settle(plan);
      const view = openView(plan, { events: false });
      let interrupted = false;
      const onSignal = () => {
        interrupted = true;
      };
      process.on('SIGINT', onSignal);
      const taken = await takeOrThrow(kit, run, plan);
      const ports = await kit.ports(run, plan, {
        taken,
        progress: view,
        stop: { read: async () => (interrupted ? 'interrupt' : null) },
      });
      const carried = kit.carrier(run, workflows(ports));
      try {
        const outcome = (await carried.carry('smoke', { deployment: found.id })) as SmokeOutcome;
        const remains = await destroyAll(ports, kit.wait);
        await view.close();
        for (const line of remainLines(remains)) note(paint('red', line));
        if (o.json) printJson(outcome);
        else say(`${found.configuration.name}: ${outcome.ok ? 'ok' : 'FAILED'}: ${outcome.detail}`);
        leave(
          worstOf([
            ...(isLeaking(remains) ? [exitCodes.leak] : []),
            ...(interrupted ? [exitCodes.interrupted] : []),
            ...(outcome.ok ? [] : [exitCodes.invalidTrial]),
          ]),
        );
      } finally {
        process.off('SIGINT', onSignal);
        carried.close();
        await taken.release();
        await view.close();
      }
    });
}
