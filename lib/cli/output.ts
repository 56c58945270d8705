/** stdout is data, stderr is progress. */
import { basename, relative } from 'node:path';
import { styleText } from 'node:util';

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function note(line = ''): void {
  process.stderr.write(`${line}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Coloured for the stream where it shows colour; `NO_COLOR` and pipes get plain text. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  const colour = stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

export function seconds(s: number): string {
  return s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}

/** A path as short as it can be said from here. */
export function near(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith('..') ? path : from;
}

/** A command to type next, as it was called this time: from a checkout there is no `infersweep` on the path. */
export function command(text: string): string {
  const called = process.argv[1] ?? 'infersweep';
  return text.replace(/^infersweep\b/, called.endsWith('.js') ? `node ${near(called)}` : basename(called));
}
