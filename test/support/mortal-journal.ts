import { type Entry, type Journal, JournalError } from '../../lib/local/journal/journal-file.ts';

/** A journal in memory that dies at its n-th write, before or after the write lands. */
export class MortalJournal implements Journal {
  readonly entries: Entry[];
  private writes = 0;
  private readonly diesAt: number;
  private readonly lands: boolean;
  private readonly onDeath: () => void;

  constructor(entries: Entry[], diesAt = Number.POSITIVE_INFINITY, lands = false, onDeath = () => {}) {
    this.entries = [...entries];
    this.diesAt = diesAt;
    this.lands = lands;
    this.onDeath = onDeath;
  }

  append(entry: Omit<Entry, 'seq'>): void {
    this.writes++;
    if (this.writes > this.diesAt) throw new JournalError('dead');
    if (this.writes < this.diesAt || this.lands) this.entries.push({ seq: this.entries.length, ...entry });
    if (this.writes === this.diesAt) {
      this.onDeath();
      throw new JournalError('dies here');
    }
  }
}
