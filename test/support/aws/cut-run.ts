/** A row of the fault matrix with its controller dying at every write of the journal. */
import { expect } from 'vitest';
import type { Entry } from '../../../lib/local/journal/journal-file.ts';
import type { CloudRun } from './cloud-run.ts';
import { carryRow, holds, onJournal, type Row, withRun } from './rows/row.ts';
import type { LoopbackDynamo } from './services/dynamodb.ts';

/** After a lease's minute, another controller may take over. */
const STALE_SECONDS = 61;

/** Of the places to die at, the n-th ones; all of them unless a suite has less time. */
export const EVERY = Number(process.env['INFERSWEEP_CUT_EVERY'] ?? 1);

/** A write, from 1; when it does not land, what went before it has happened all the same. */
type Death = { at: number; lands: boolean };

export interface Cuts {
  /** Of the journal of a run that nothing disturbs. */
  writes: number;
  cuts: number;
  /** Fresh controllers that went on from what the dead one left. */
  resumes: number;
}

/** Dies at every write, before and after it lands, and does what `after` says: by itself, a fresh controller ends the run. */
export async function cutEverywhere(
  row: Row,
  dynamo: LoopbackDynamo,
  after: (run: CloudRun) => Promise<unknown> = (run) => goesOn(row, run),
): Promise<Cuts> {
  const { journal, moments } = await carryRow(row, onJournal, dynamo);
  const { cuts = 'every write' } = row;
  const told: Cuts = { writes: journal.length, cuts: 0, resumes: 0 };
  const skipped = cuts === 'every write' ? new Set<number>() : besidesPolls(journal);
  const deaths = deathsIn(moments)
    .filter(({ at }) => !skipped.has(at))
    .filter((_, i) => i % EVERY === 0);
  let befell = 0;
  for (const death of deaths) {
    const { path, kind } = journal[death.at - 1]!;
    const where = `died ${death.lands ? 'after' : 'before'} write ${death.at} of ${journal.length} (${kind} ${path})`;
    const cut = async (run: CloudRun) => {
      expect(await run.live(death)).toBe('dead');
      told.cuts += 1;
      if ((await after(run)) === 'resumed') told.resumes += 1;
      if (row.befell?.() ?? true) befell += 1;
    };
    await withRun(row, dynamo, cut, true).catch((error: Error) => {
      error.message = `${where}: ${error.message}`;
      throw error;
    });
  }
  const [name] = expect.getState().currentTestName!.split(' > ').slice(-1);
  console.info(`${name}: ${told.writes} writes, ${told.cuts} cuts, ${told.resumes} resumes`);
  expect(told.cuts).toBe(deaths.length);
  if (EVERY > 1) return told;
  expect(told.cuts, 'every write at least once').toBeGreaterThanOrEqual(told.writes - skipped.size);
  expect(befell, 'runs that it befell').toBeGreaterThan(told.cuts / 2);
  return told;
}

/** A fresh controller, once the lease of the dead one is stale. */
export async function goesOn(row: Row, run: CloudRun): Promise<'resumed'> {
  run.world.advance(STALE_SECONDS);
  await holds(row, run, await onJournal(run));
  return 'resumed';
}

/**
 * Each write, lost and landed. To lose one is to end after the one before it, unless AWS was asked of something or time
 * passed in between: only then is it another place to die at.
 */
function deathsIn(moments: CloudRun['moments']): Death[] {
  return moments.flatMap(({ calls, nowMs }, i) => {
    const before = moments[i - 1];
    const isPlace = before === undefined || calls !== before.calls || nowMs !== before.nowMs;
    return [...(isPlace ? [{ at: i + 1, lands: false }] : []), { at: i + 1, lands: true }];
  });
}

/** More writes of one path than this are those of a poll that takes hours. */
const MOST_OF_A_SHORT_POLL = 100;
/** Of a longer one: intent and state of its first look, and of its last, and its end. */
const FIRST_OF_A_LONG_POLL = 2;
const LAST_OF_A_LONG_POLL = 3;
/** Of the writes in between, which are alike. */
const ONE_IN = 10;

/** What is before the first poll that takes hours, and most looks in the midst of such polls. */
function besidesPolls(journal: readonly Entry[]): Set<number> {
  const writes = new Map<string, number[]>();
  for (const [i, { path }] of journal.entries()) writes.set(path, [...(writes.get(path) ?? []), i + 1]);
  const long = [...writes.values()].filter(({ length }) => length > MOST_OF_A_SHORT_POLL);
  const first = Math.min(...long.map(([at]) => at!));
  const before = Array.from({ length: first - 1 }, (_, i) => i + 1);
  const between = long.flatMap((own) =>
    own.slice(FIRST_OF_A_LONG_POLL, -LAST_OF_A_LONG_POLL).filter((_, i) => i % ONE_IN !== 0),
  );
  return new Set([...before, ...between]);
}
