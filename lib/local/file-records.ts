import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { type Measurement, measurementSchema } from '../core/measure/measurement.ts';
import type { Records } from '../core/ports/records.ts';

/** `measurements.jsonl`. A torn last line, as a crash leaves it, is dropped: its trial is not terminal yet. */
export class FileRecords implements Records {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  async append(measurement: Measurement): Promise<void> {
    const known = this.read();
    if (known.rows.some((m) => m.trial === measurement.trial)) return;
    if (known.tornBytes > 0) truncateSync(this.file, known.wholeBytes);
    const fd = openSync(this.file, 'a');
    try {
      appendFileSync(fd, `${JSON.stringify(measurement)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  async list(): Promise<Measurement[]> {
    return this.read().rows;
  }

  private read(): { rows: Measurement[]; wholeBytes: number; tornBytes: number } {
    const bytes = existsSync(this.file) ? readFileSync(this.file) : Buffer.alloc(0);
    const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
    const rows = bytes
      .toString('utf8', 0, wholeBytes)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => measurementSchema.parse(JSON.parse(line)));
    return { rows, wholeBytes, tornBytes: bytes.length - wholeBytes };
  }
}
