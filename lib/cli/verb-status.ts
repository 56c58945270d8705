import type { Command } from 'commander';
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { SkippedTrial } from '../core/ports/records.ts';
import { finalistsOf } from '../core/search/finalists.ts';
import { holdersOf } from '../engine/ports.ts';
import { isDrivenHere } from './driven-here.ts';
import { carrierOf, driverOf } from './driver.ts';
import { pull } from './exchange.ts';
import type { Kit, Run } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { command, printJson, say } from './output.ts';
import { table } from './table.ts';

/** Counts of a run's trials; confirmation trials count once chosen, that is once recorded. */
export function trialCounts(
  plan: Plan,
  records: readonly Measurement[],
  skipped: readonly SkippedTrial[],
  live: boolean,
) {
  const screens = plan.trials.filter((t) => t.purpose === 'screen');
  const done = new Set([...records, ...skipped].map((r) => r.trial));
  // A search does not know how many trials it will take: what it has not looked at yet is left.
  const begun = new Set(plan.search === 'adaptive' ? records.map((r) => r.configuration.id) : []);
  const unscreened = screens.filter((t) => !done.has(t.id) && !begun.has(t.deployment)).length;
  const left = unscreened + unconfirmed(plan, records, done, unscreened);
  return {
    done: records.length,
    running: live ? left : 0,
    left: live ? 0 : left,
    invalid: records.filter((r) => r.validity.status === 'invalid').length,
    skipped: plan.skipped.length + skipped.length,
  };
}

/** Before the screening's end nobody knows how many are good enough to be confirmed. */
function unconfirmed(
  plan: Plan,
  records: readonly Measurement[],
  done: ReadonlySet<string>,
  unscreened: number,
): number {
  if (plan.search === 'grid' && unscreened === 0) {
    const finalists = new Set(finalistsOf(plan, records).map((f) => f.configuration));
    return plan.trials.filter((t) => t.purpose === 'confirm' && finalists.has(t.deployment) && !done.has(t.id)).length;
  }
  const most = Math.min(plan.load.confirmation?.finalists ?? 0, plan.deployments.length) * plan.load.repeats;
  return Math.max(0, most - records.filter((r) => r.purpose === 'confirm').length);
}

/** For looking only. */
export const QUIET = { progress: { emit: () => undefined }, stop: { read: async () => null }, taken: null };

async function isDrivenThere(kit: Kit, run: Run, plan: Plan): Promise<boolean> {
  const cloud = await kit.cloud(plan, await carrierOf(run));
  return (await cloud.look(run.id)).state === 'running';
}

/** By a process or by AWS, now. */
async function isDriven(kit: Kit, run: Run, plan: Plan): Promise<boolean> {
  if ((await driverOf(run)) === 'aws') return isDrivenThere(kit, run, plan);
  return isDrivenHere(kit, run, plan);
}

export function register(program: Command, kit: Kit): void {
  program
    .command('status')
    .description('say how far a run is and what of it is alive')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--json', 'print the status as one JSON document')
    .action(async (reference: string | undefined, o: { json?: boolean }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      const ports = await kit.ports(run, plan, QUIET);
      await pull(run, ports);
      const records = await run.records.list();
      const skipped = await run.records.skipped();
      const live = (await Promise.all(holdersOf(ports).map((holder) => holder.list(run.id)))).flat();
      const { spentUsd, reservedUsd } = await ports.ledger.balance();
      const driven = await isDriven(kit, run, plan);
      const trials = trialCounts(plan, records, skipped, driven);
      const state = driven ? 'running' : trials.left === 0 ? 'done' : 'interrupted';
      const status = {
        runId: run.id,
        state,
        trials,
        spentUsd,
        reservedUsd,
        budgetUsd: plan.budget.usd,
        live,
      };
      if (o.json) return printJson(status);
      say(
        `${run.id}: ${state}; trials ${trials.done} done, ${trials.running} running, ${trials.left} left, ${trials.invalid} invalid, ${trials.skipped} skipped`,
      );
      if (live.length)
        for (const line of table(
          ['alive', 'id', 'name'],
          live.map((l) => [l.kind, l.id, l.name]),
        ))
          say(line);
      if (state === 'interrupted') say(`next: ${command(`infersweep resume ${run.id}`)}`);
    });
}
