/** The clock of rows whose deployments are up together. */
import { describe, expect, it } from 'vitest';
import type { Json, Workflow } from '../../lib/core/ports/workflow.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { SharedTime } from '../support/aws/shared-time.ts';
import { MemoryJournal } from '../support/memory-journal.ts';

/** Branches that wait so many seconds, one after the other; what each saw of the time, in seconds. */
async function seen(branches: Record<string, number[]>, concurrency: number) {
  let nowMs = 0;
  let moves = 0;
  const time = new SharedTime(
    () => nowMs,
    async (seconds) => {
      moves += 1;
      nowMs += seconds * 1000;
    },
  );
  const log: string[] = [];
  const run = async (w: Workflow): Promise<Json> => {
    await w.map('branches', Object.keys(branches), { concurrency, key: (name) => name }, async (scope, name) => {
      for (const [i, seconds] of branches[name]!.entries()) await scope.sleep(`pause-${i}`, seconds);
      log.push(`${name} at ${nowMs / 1000}`);
      return null;
    });
    await w.sleep('after', 5);
    return nowMs / 1000;
  };
  const registry = time.of({ run });
  const end = await registry['run']!(JournalWorkflow.root(new MemoryJournal(), 'r', registry, time.wait), null);
  return { log, end, moves };
}

describe('time that branches share', () => {
  it('passes for all of them at once', async () => {
    expect(await seen({ long: [600], short: [10, 10, 10] }, 2)).toMatchObject({
      log: ['short at 30', 'long at 600'],
      end: 605,
    });
  });

  it('moves once for those that wait for the same moment', async () => {
    expect(await seen({ a: [10, 10], b: [20], c: [10, 10] }, 3)).toMatchObject({ end: 25, moves: 3 });
  });

  it('passes one after the other for those that are not under way together', async () => {
    expect(await seen({ a: [10], b: [10], c: [10] }, 1)).toMatchObject({ log: ['a at 10', 'b at 20', 'c at 30'] });
  });

  it('begins the next branch before it moves on', async () => {
    expect((await seen({ a: [1], b: [10], c: [2] }, 2)).log).toEqual(['a at 1', 'c at 3', 'b at 10']);
  });

  it('ends for all who wait when their process dies', async () => {
    const time = new SharedTime(
      () => 0,
      () => new Promise(() => undefined),
    );
    const waiting = [time.wait(1), time.wait(2)].map((pause) => pause.catch((error: Error) => error.message));
    time.end(new Error('dead'));
    expect(await Promise.all(waiting)).toEqual(['dead', 'dead']);
  });
});
