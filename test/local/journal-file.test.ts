import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { JournalError, JournalFile } from '../../lib/local/journal/journal-file.ts';
import { openRunJournal } from '../../lib/local/journal/run-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;
const newFile = () => join(folder, `${n++}.jsonl`);

function written(entries: number): string {
  const file = newFile();
  const journal = new JournalFile(file);
  for (let i = 0; i < entries; i++)
    journal.append({ path: `run/e1/s${i}`, kind: 'done', attempt: 1, value: { i, text: 'ü' } });
  journal.close();
  return file;
}

describe('the journal file', () => {
  it('gives back what was appended, in order, across openings', () => {
    const file = written(3);
    const again = new JournalFile(file);
    again.append({ path: 'x', kind: 'intent', attempt: 2 });
    again.close();
    const entries = new JournalFile(file).entries;
    expect(entries.map((e) => [e.seq, e.path])).toEqual([
      [0, 'run/e1/s0'],
      [1, 'run/e1/s1'],
      [2, 'run/e1/s2'],
      [3, 'x'],
    ]);
  });

  it('recovers from a tail torn at any byte, and goes on', () => {
    const whole = readFileSync(written(3));
    const lines = whole.toString().trimEnd().split('\n');
    for (let cut = 0; cut <= whole.length; cut++) {
      const file = newFile();
      writeFileSync(file, whole.subarray(0, cut));
      const journal = new JournalFile(file);
      const complete = whole.subarray(0, cut).toString().split('\n').length - 1;
      expect(journal.entries, `cut at byte ${cut}`).toHaveLength(complete);
      journal.append({ path: 'next', kind: 'intent', attempt: 1 });
      journal.close();
      const text = readFileSync(file, 'utf8');
      expect(text.split('\n').slice(0, complete)).toEqual(lines.slice(0, complete));
      expect(new JournalFile(file).entries.at(-1)).toMatchObject({ seq: complete, path: 'next' });
    }
  });

  it('refuses damage before the end, naming file and offset', () => {
    const whole = readFileSync(written(3));
    const second = whole.indexOf(0x0a) + 1;
    const third = whole.indexOf(0x0a, second) + 1;
    for (let at = second; at < third - 1; at++) {
      const file = newFile();
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ 0x01;
      writeFileSync(file, bytes);
      expect(() => new JournalFile(file), `byte ${at}`).toThrow(JournalError);
      expect(() => new JournalFile(file)).toThrow(new RegExp(`${file}: damaged at byte ${second}`));
    }
  });

  it('refuses a line that is missing from the middle', () => {
    const file = written(3);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines[0]}\n${lines[2]}\n${lines[2]}\n`);
    expect(() => new JournalFile(file)).toThrow(/damaged at byte/);
  });

  it('says that it cut a torn tail', () => {
    const file = written(2);
    truncateSync(file, readFileSync(file).length - 3);
    expect(new JournalFile(file).cutBytes).toBeGreaterThan(0);
    expect(new JournalFile(written(2)).cutBytes).toBe(0);
  });
});

describe('the executions of a run', () => {
  const registry = { ok: async () => 1, boom: () => Promise.reject(new JournalError('disk full')) };

  it('continues an unfinished one and starts a new one after the end', async () => {
    const file = newFile();
    const first = openRunJournal(file, 'run', registry);
    expect(first.continued).toBe(false);
    await expect(first.run('boom', null)).rejects.toThrow('disk full');
    first.close();
    const second = openRunJournal(file, 'run', registry);
    expect(second.continued).toBe(true);
    await second.run('ok', null);
    second.close();
    const third = openRunJournal(file, 'run', registry);
    expect(third.continued).toBe(false);
    third.close();
    expect(new JournalFile(file).entries.filter((e) => e.kind === 'execution').map((e) => e.path)).toEqual([
      'run/e1',
      'run/e2',
    ]);
  });

  it('knows only registered workflows', async () => {
    const journal = openRunJournal(newFile(), 'run', registry);
    await expect(journal.run('other', null)).rejects.toThrow('no workflow "other"');
    journal.close();
  });

  it('does not open a damaged journal', () => {
    const file = written(3);
    const copy = newFile();
    copyFileSync(file, copy);
    const bytes = readFileSync(copy);
    bytes[2] = 0x7a;
    writeFileSync(copy, bytes);
    appendFileSync(copy, '');
    expect(() => openRunJournal(copy, 'run', registry)).toThrow(JournalError);
  });
});
