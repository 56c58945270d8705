import { describe, expect, it } from 'vitest';
import { patientPoll } from '../../lib/engine/workflow/patient.ts';
import type { Entry, Journal } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';

class Memory implements Journal {
  readonly entries: Entry[] = [];
  append(entry: Omit<Entry, 'seq'>): void {
    this.entries.push({ seq: this.entries.length, ...entry } as Entry);
  }
}

/** Looks at 1, 2, 3; those whose number is named fail. */
async function polled(fails: (look: number) => boolean, lost: ((last: number) => Promise<number>) | null = null) {
  const waits: number[] = [];
  const seen: (number | null)[] = [];
  let looks = 0;
  const w = JournalWorkflow.root(new Memory(), 'r', {}, async (seconds) => void waits.push(seconds));
  const end = patientPoll<number>(
    w,
    'look',
    async (last) => {
      seen.push(last);
      if (fails(++looks)) throw new Error('not now');
      return (last ?? 0) + 1;
    },
    (state) => (state === 3 ? { done: true } : { waitSeconds: 5 }),
    7,
    lost,
  );
  return { end: await end.catch((error: Error) => error.message), waits, seen };
}

describe('a patient poll', () => {
  it('looks again from what it saw last, at the start as in the middle', async () => {
    expect(await polled((look) => look === 1 || look === 3)).toEqual({
      end: 3,
      waits: [7, 5, 7, 5],
      seen: [null, null, 1, 1, 2],
    });
  });

  it('gives up after ten failed looks in a row, and not after ten in all', async () => {
    const { end, seen } = await polled(() => true);
    expect([end, seen.length]).toEqual(['not now', 10]);
    expect((await polled((look) => ![10, 20, 30].includes(look))).end).toBe(3);
  });

  it('gives up what is under way after twenty, as whoever started it says', async () => {
    const { end, seen } = await polled((look) => look > 1);
    expect([end, seen.length]).toEqual(['not now', 21]);
    const ended: number[] = [];
    const lost = async (last: number) => {
      ended.push(last);
      return 3;
    };
    expect((await polled((look) => look > 1, lost)).end).toBe(3);
    expect(ended, 'once').toEqual([1]);
    // What never began is nothing to end.
    expect((await polled(() => true, lost)).end).toBe('not now');
    expect(ended).toEqual([1]);
  });
});
