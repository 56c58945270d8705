import type { Command } from 'commander';
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { command, printJson, say, table } from './output.ts';

/** Counts of a run's trials; confirmation trials count once chosen, that is once recorded. */
export function trialCounts(plan: Plan, records: readonly Measurement[], live: boolean) {
  const screens = plan.trials.filter((t) => t.purpose === 'screen');
  const done = new Set(records.map((r) => r.trial));
  const finalists =
    plan.load.confirmation === null
      ? 0
      : Math.min(plan.load.confirmation.finalists, plan.deployments.length) * plan.load.repeats;
  const confirmed = records.filter((r) => r.purpose === 'confirm').length;
  const left = screens.filter((t) => !done.has(t.id)).length + Math.max(0, finalists - confirmed);
  return {
    done: records.length,
    running: live ? left : 0,
    left: live ? 0 : left,
    invalid: records.filter((r) => r.validity.status === 'invalid').length,
    skipped: plan.skipped.length,
  };
}

export function register(program: Command, kit: Kit): void {
  program
    .command('status')
    .description('say how far a run is and what of it is alive')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--json', 'print the status as one JSON document')
    .action(async (reference: string | undefined, o: { json?: boolean }) => {
      const { run, plan } = await openRunOrThrow(kit, reference);
      const records = await run.records.list();
      const ports = kit.ports(run, plan, { progress: { emit: () => undefined }, stop: { read: async () => null } });
      const live = (await Promise.all(Object.values(ports.targets).map((t) => t.list(run.id)))).flat();
      const lock = run.lock();
      lock?.release();
      const driven = lock === null;
      const trials = trialCounts(plan, records, driven);
      const state = driven ? 'running' : trials.left === 0 ? 'done' : 'interrupted';
      const status = {
        runId: run.id,
        state,
        trials,
        spentUsd: null,
        reservedUsd: plan.estimate.usdWorstCase,
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
