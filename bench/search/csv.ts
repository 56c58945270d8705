/** Rows of a plain CSV: no quotes, the first line names the columns. */
import { readFileSync } from 'node:fs';

export type Row = Record<string, string>;

export function readCsv(path: string): Row[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}
