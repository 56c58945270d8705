import type { Command } from 'commander';
import { destroyRun } from '../engine/run.ts';
import { carrierOf, driverOf } from './driver.ts';
import { takeOrThrow } from './execute.ts';
import { exitCodes } from './exit-codes.ts';
import type { Cloud, Kit, Run } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { note, paint, printJson, say } from './output.ts';
import { isLeaking, remainLines } from './remain-lines.ts';
import { QUIET } from './verb-status.ts';

/** How long an execution on AWS may take to tear down by itself before this takes over. */
const ASK_LOOKS = 60;
const ASK_LOOK_SECONDS = 10;
/** From SIGTERM to the end of its task: `stopTimeout`, and what Fargate itself takes. */
const HALT_LOOKS = 30;

/** Asks an execution to end, and after a while ends what carries it, where that can be done. */
async function endDriver(kit: Kit, cloud: Cloud, run: Run): Promise<void> {
  await cloud.ask(run.id, 'interrupt');
  if (!(await isStillDriven(kit, cloud, run, ASK_LOOKS))) return;
  await cloud.halt?.(run.id);
  if (cloud.halt) await isStillDriven(kit, cloud, run, HALT_LOOKS);
}

async function isStillDriven(kit: Kit, cloud: Cloud, run: Run, looks: number): Promise<boolean> {
  for (let look = 0; look < looks; look++) {
    if ((await cloud.look(run.id)).state !== 'running') return false;
    await kit.wait(ASK_LOOK_SECONDS);
  }
  return true;
}

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('destroy')
    .description('end whatever of a run is alive, and prove by listing that it is gone; its records stay')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--json', 'print the receipt as one JSON document')
    .action(async (reference: string | undefined, o: { json?: boolean }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      const cloud = (await driverOf(run)) === 'aws' ? await kit.cloud(plan, await carrierOf(run)) : null;
      if (cloud !== null) await endDriver(kit, cloud, run);
      const taken = await takeOrThrow(kit, run, plan);
      try {
        // One that was started since the last look holds no lease; from here on none can be started.
        if ((await cloud?.look(run.id))?.state === 'running') await endDriver(kit, cloud!, run);
        const receipt = await destroyRun(await kit.ports(run, plan, { ...QUIET, taken }), kit.wait);
        await run.store.put('receipt.json', `${JSON.stringify(receipt, null, 2)}\n`);
        if (o.json) printJson(receipt);
        for (const line of remainLines(receipt)) note(paint('red', line));
        if (!isLeaking(receipt)) {
          if (!o.json) say(`nothing of run ${run.id} is alive: confirmed by listing at ${receipt.writtenAt}`);
          return;
        }
        leave(exitCodes.leak);
      } finally {
        await taken.release();
      }
    });
}
