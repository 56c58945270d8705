import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Measurement, measurementSchema } from '../core/measure/measurement.ts';
import { skippedRowSchema } from '../core/plan/plan.ts';
import type { Records, SkippedTrial } from '../core/ports/records.ts';

/** `measurements.jsonl`, and `skipped.jsonl` beside it. A torn last line, as a crash leaves it, is dropped: its trial is not terminal yet. */
export class FileRecords implements Records {
  private readonly measured: Lines<Measurement>;
  private readonly unmeasured: Lines<SkippedTrial>;

  constructor(file: string) {
    this.measured = new Lines(file, (value) => measurementSchema.parse(value));
    this.unmeasured = new Lines(join(dirname(file), 'skipped.jsonl'), (value) => {
      const { trial, row } = value as SkippedTrial;
      return { trial, row: skippedRowSchema.parse(row) };
    });
  }

  async append(measurement: Measurement): Promise<void> {
    if (!this.isTerminal(measurement.trial)) this.measured.append(measurement);
  }

  async skip(skipped: SkippedTrial): Promise<void> {
    if (!this.isTerminal(skipped.trial)) this.unmeasured.append(skipped);
  }

  async list(): Promise<Measurement[]> {
    return this.measured.read().rows;
  }

  async skipped(): Promise<SkippedTrial[]> {
    return this.unmeasured.read().rows;
  }

  private isTerminal(trial: string): boolean {
    return [...this.measured.read().rows, ...this.unmeasured.read().rows].some((row) => row.trial === trial);
  }
}

class Lines<T> {
  private readonly file: string;
  private readonly parse: (value: unknown) => T;

  constructor(file: string, parse: (value: unknown) => T) {
    this.file = file;
    this.parse = parse;
  }

  append(row: T): void {
    const { wholeBytes, tornBytes } = this.read();
    if (tornBytes > 0) truncateSync(this.file, wholeBytes);
    const fd = openSync(this.file, 'a');
    try {
      appendFileSync(fd, `${JSON.stringify(row)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  read(): { rows: T[]; wholeBytes: number; tornBytes: number } {
    const bytes = existsSync(this.file) ? readFileSync(this.file) : Buffer.alloc(0);
    const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
    const rows = bytes
      .toString('utf8', 0, wholeBytes)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => this.parse(JSON.parse(line)));
    return { rows, wholeBytes, tornBytes: bytes.length - wholeBytes };
  }
}
