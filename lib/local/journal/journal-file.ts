/**
 * Append-only file of JSON lines, each guarded by a CRC and on disk before the call returns. A torn last line is what a
 * crash leaves and is cut off; damage anywhere else is refused, because cutting it would forget effects.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

import { CarrierError } from '../../core/ports/workflow.ts';
import { crc32 } from './crc32.ts';

export type Entry = {
  seq: number;
  path: string;
  /** `intent` stands before an effect, `done`/`failed` end an operation, `state` is one look of a poll. */
  kind: 'execution' | 'intent' | 'state' | 'done' | 'failed';
  attempt: number;
  value?: unknown;
};

export class JournalError extends CarrierError {
  constructor(message: string) {
    super(message);
    this.name = 'JournalError';
  }
}

/** Reads entries; `validBytes` is where a torn tail starts. @throws JournalError naming file and offset. */
export function parseJournal(bytes: Buffer, file: string): { entries: Entry[]; validBytes: number } {
  const entries: Entry[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const end = bytes.indexOf(0x0a, offset);
    if (end === -1) break;
    const line = bytes.toString('utf8', offset, end);
    const entry = decode(line);
    if (entry === null || entry.seq !== entries.length) {
      if (end === bytes.length - 1) break;
      throw new JournalError(
        `${file}: damaged at byte ${offset} (line ${entries.length + 1}), with intact data after it; restore the file or start a new run`,
      );
    }
    entries.push(entry);
    offset = end + 1;
  }
  return { entries, validBytes: offset };
}

function decode(line: string): Entry | null {
  const crc = line.slice(0, 8);
  const body = line.slice(9);
  if (line[8] !== ' ' || crc32(body) !== crc) return null;
  return JSON.parse(body) as Entry;
}

/** What a carrier needs of a journal. */
export interface Journal {
  /** Everything durable when it was opened. */
  readonly entries: readonly Entry[];
  /** Durable when it returns. @throws JournalError when the disk refuses. */
  append(entry: Omit<Entry, 'seq'>): void;
}

export class JournalFile implements Journal {
  private readonly fd: number;
  private readonly file: string;
  private seq: number;
  /** A line may be torn now: whatever followed it would be lost on reading. */
  private broken: JournalError | null = null;
  readonly entries: readonly Entry[];
  /** Bytes of a torn last line that were cut off; 0 usually. */
  readonly cutBytes: number;

  constructor(file: string) {
    this.file = file;
    this.fd = openSync(file, 'a+');
    try {
      const bytes = readFileSync(file);
      const { entries, validBytes } = parseJournal(bytes, file);
      this.entries = entries;
      this.cutBytes = bytes.length - validBytes;
      if (this.cutBytes > 0) ftruncateSync(this.fd, validBytes);
      this.seq = entries.length;
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  append(entry: Omit<Entry, 'seq'>): void {
    if (this.broken) throw this.broken;
    const body = JSON.stringify({ seq: this.seq, ...entry });
    try {
      writeFully(this.fd, Buffer.from(`${crc32(body)} ${body}\n`));
      fsyncSync(this.fd);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.broken = new JournalError(`${this.file}: cannot write: ${why}`);
      throw this.broken;
    }
    this.seq++;
  }

  close(): void {
    closeSync(this.fd);
  }
}

function writeFully(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}
