import type { Entry, Journal } from '../../lib/local/journal/journal-file.ts';

/** A journal that nobody reads again. */
export class MemoryJournal implements Journal {
  readonly entries: Entry[] = [];

  append(entry: Omit<Entry, 'seq'>): void {
    this.entries.push({ seq: this.entries.length, ...entry });
  }
}
