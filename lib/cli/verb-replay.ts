import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { differences, type ReplayedFigure, type ReplayedRow, replayed } from '../core/compare/replayed.ts';
import type { Measurement } from '../core/measure/measurement.ts';
import { unrunnable } from '../core/plan/unrunnable.ts';
import type { Json } from '../core/ports/workflow.ts';
import { canonicalJson } from '../core/spec/canonical-json.ts';
import { CliError } from './cli-error.ts';
import { type DriverOptions, driverFor } from './driver.ts';
import { execute } from './execute.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit, Run } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';
import { note, say } from './output.ts';
import { refuseEditedPlan } from './plan-seal.ts';
import { readyPlan } from './ready-plan.ts';
import { startThere } from './start-there.ts';
import { table } from './table.ts';
import { QUIET } from './verb-status.ts';
import { writeRun } from './write-run.ts';

type Lock = { [key: string]: Json };

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('replay')
    .description('run the same plan again from its lock, and say whether the new intervals contain the old values')
    .argument('[run]', 'run id or run directory; the newest run unless given')
    .option('--on <where>', 'aws: the run is driven there, and goes on when this terminal closes')
    .option('--from-here', 'this process drives AWS')
    .action(async (reference: string | undefined, o: DriverOptions) => {
      const { run: old, plan } = await openRunOrThrow(kit, reference);
      await refuseEditedPlan(old);
      const { lock, ...documents } = await lockedOrThrow(old);
      const before = await old.records.list();
      if (before.length === 0)
        throw new CliError(
          exitCodes.usage,
          `run ${old.id} measured nothing to compare with`,
          `infersweep resume ${old.id}`,
        );
      const [obstacle] = unrunnable(plan);
      if (obstacle) throw new CliError(exitCodes.preflight, obstacle.what, obstacle.fix);
      const driver = driverFor(plan, old.id, o);
      const fresh = kit.createRun(plan.experiment);
      const ready = await readyPlan(kit, plan, old.id, () => kit.ports(fresh, plan, QUIET));
      const here: Lock = { kitVersion: kit.version, host: kit.host(ready) };
      for (const d of changed(lock, here)) note(`differs: ${d.name} was ${d.before}, is ${d.now}`);
      const same = canonicalJson(ready) === canonicalJson(plan);
      const planText = same ? (await old.store.get('plan.json'))! : undefined;
      const planned = { ok: true, plan, ...documents, lock: { ...lock, ...here, replayOf: old.id } } as const;
      const carrier = driver === 'aws' ? await kit.cloudCarrier(ready, null) : null;
      await writeRun(fresh, planned, ready, { driver, carrier, planText });
      const { hours } = ready.budget;
      const deadlineMs = hours === null ? null : kit.now().getTime() + hours * 3_600_000;
      const code = await (driver === 'aws' ? startThere : execute)(kit, fresh, ready, {
        json: false,
        events: false,
        deadlineMs,
      });
      const now = await fresh.records.list();
      if (now.length > 0) {
        const rows = replayed(before, now, plan.slo);
        const differs = [...changed(lock, here), ...differences(versionsOf(before), versionsOf(now))];
        await fresh.store.put(
          'replay.json',
          `${JSON.stringify({ schema: 'infersweep.replay.v1', run: old.id, replay: fresh.id, rows, differs }, null, 2)}\n`,
        );
        for (const line of lines(old, rows)) say(line);
      }
      leave(code);
    });
}

/** What `run` was given, as it was given. @throws CliError when it is no longer that. */
async function lockedOrThrow(
  run: Run,
): Promise<{ lock: Lock; experimentText: string; inputs: string; golden: string | null }> {
  const next = 'infersweep run experiment.yaml';
  const [lockText, inputs, golden] = [
    await run.store.get('lock.json'),
    await run.store.get('inputs.jsonl'),
    await run.store.get('golden.jsonl'),
  ];
  if (lockText === null || inputs === null)
    throw new CliError(
      exitCodes.usage,
      `run ${run.id} has no ${lockText === null ? 'lock.json' : 'inputs.jsonl'}: nobody knows what to run again`,
      next,
    );
  const lock = JSON.parse(lockText) as Lock;
  for (const [file, text, sealed] of [
    ['inputs.jsonl', inputs, lock['inputsSha256']],
    ['golden.jsonl', golden, lock['goldenSha256']],
  ] as const) {
    const hash = text === null ? null : createHash('sha256').update(text).digest('hex');
    if (sealed !== undefined && sealed !== hash)
      throw new CliError(
        exitCodes.usage,
        `${file} of run ${run.id} is not what was run (SHA-256 ${hash?.slice(0, 12) ?? 'of nothing'}…, locked ${String(sealed).slice(0, 12)}…)`,
        next,
      );
  }
  return { lock, experimentText: (await run.store.get('experiment.yaml')) ?? '', inputs, golden };
}

function changed(lock: Lock, here: Lock) {
  const host = (l: Lock) => (l['host'] ?? {}) as Lock;
  return [
    ...differences({ kitVersion: lock['kitVersion'] }, { kitVersion: here['kitVersion'] }),
    ...differences(host(lock), host(here)),
  ];
}

/** All that the measurements name: model, image, runtime. Hosts and times of their own are no versions of anything. */
function versionsOf(measurements: readonly Measurement[]): { [name: string]: string } {
  return Object.fromEntries(
    measurements.flatMap((m) =>
      Object.entries(m.versions).flatMap(([name, value]): [string, string][] =>
        name === 'host' || name === 'infersweep' || name === 'node' ? [] : [[`${m.configuration.id} ${name}`, value]],
      ),
    ),
  );
}

function lines(old: Run, rows: readonly ReplayedRow[]): string[] {
  const figures = rows.flatMap((r) => [r.ratePerSecond, r.latencyMs]).filter((f) => f.contained !== null);
  const inside = figures.filter((f) => f.contained).length;
  const cells = (f: ReplayedFigure) => {
    const text = (v: number | null) => (v === null ? '-' : v.toFixed(1));
    const interval = f.interval === null ? '-' : `${text(f.interval.low)} to ${text(f.interval.high)}`;
    return [text(f.before), interval, f.contained === null ? 'unknown' : f.contained ? 'inside' : 'outside'];
  };
  return [
    '',
    `${inside} of ${figures.length} values of ${old.id} lie inside the new intervals`,
    ...table(
      ['configuration', 'load', 'was /s', 'is /s', '', 'was ms', 'is ms', ''],
      rows.map((r) => [r.configuration, r.stair ?? '-', ...cells(r.ratePerSecond), ...cells(r.latencyMs)]),
      [2, 5],
    ),
  ];
}
