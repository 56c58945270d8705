/** One-second windows of real servers as `record-windows.ts` wrote them down, and pairs of windows as `record-pairs.ts` did. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './load-engine.ts';

export interface RecordedSeries<T = number> {
  /** Name of the recording: what was recorded at one time, on one host. */
  recording: string;
  what: string;
  users: number;
  /** Good answers of each window, in order. */
  good: T[];
}

export function recordedWindows(): RecordedSeries[] {
  return recordings('recorded-windows');
}

/** Of two equal servers, each pair in the order of the servers. */
export function recordedPairs(): RecordedSeries<[number, number]>[] {
  return recordings('recorded-pairs');
}

function recordings<T>(folder: string): RecordedSeries<T>[] {
  const path = join(root, 'test', 'fixtures', folder);
  return readdirSync(path)
    .sort()
    .flatMap((file) => {
      const lines = readFileSync(join(path, file), 'utf8').trim().split('\n');
      return lines.map((line) => ({
        ...(JSON.parse(line) as RecordedSeries<T>),
        recording: file.replace('.jsonl', ''),
      }));
    });
}
