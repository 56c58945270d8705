/** `minute,requests`: what a service counted, one line a minute, read strictly. */
import { MINUTE_S, type Trace } from './trace.ts';

export interface TraceProblem {
  /** Both from 1. */
  line: number;
  column: number;
  message: string;
}

export type ParsedTrace = { ok: true; trace: Trace } | { ok: false; problems: TraceProblem[] };

const HEADER = 'minute,requests';
/** One wrong column makes a problem of every line. */
const MAX_PROBLEMS = 20;
/** Twelve weeks of minutes: more is another kind of file. */
const MAX_MINUTES = 120_960;
const MAX_REQUESTS = 1e9;
/** Far more than so many lines take; keeps a wrong file from being split into lines. */
const MAX_CHARACTERS = 8_000_000;

/** Minutes that are left out had no requests. Empty lines and lines that begin with # are skipped. */
export function parseTrace(text: string, name: string): ParsedTrace {
  const problems: TraceProblem[] = [];
  const say = (line: number, column: number, message: string) => problems.push({ line, column, message });
  if (text.length > MAX_CHARACTERS) {
    say(1, 1, `has ${text.length} characters, must have at most ${MAX_CHARACTERS}`);
    return { ok: false, problems };
  }
  const rows: { minute: number; requests: number }[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const first = lines.findIndex(meaningful);
  if (first < 0) say(1, 1, `holds no line; the first must be ${HEADER}, then one line a minute such as 0,1200`);
  else if (lines[first]!.replaceAll(' ', '') !== HEADER)
    say(first + 1, 1, `the first line is "${clip(lines[first]!)}", must be ${HEADER}`);
  else {
    for (let i = first + 1; i < lines.length && problems.length < MAX_PROBLEMS; i++) {
      if (!meaningful(lines[i]!)) continue;
      const row = parseRow(lines[i]!, rows.at(-1)?.minute ?? -1, (column, message) => say(i + 1, column, message));
      if (row !== null) rows.push(row);
    }
    if (problems.length === 0 && rows.length === 0) say(first + 1, 1, 'no minute follows the header');
  }
  if (problems.length > 0) return { ok: false, problems };
  const start = rows[0]!.minute;
  const requests = new Array<number>(rows.at(-1)!.minute - start + 1).fill(0);
  for (const { minute, requests: n } of rows) requests[minute - start] = n;
  return { ok: true, trace: { name, stepS: MINUTE_S, requests } };
}

function parseRow(
  text: string,
  before: number,
  say: (column: number, message: string) => void,
): { minute: number; requests: number } | null {
  const cells = text.split(',');
  if (cells.length !== 2) {
    say(1, `has ${cells.length} cells, must have two: minute,requests`);
    return null;
  }
  const [minute, requests] = cells.map(numberOf);
  const second = cells[0]!.length + 2;
  if (minute === undefined || !Number.isInteger(minute) || minute < 0)
    say(1, `minute is "${clip(cells[0]!)}", must be a whole number from 0`);
  else if (minute <= before) say(1, `minute ${minute} does not come after ${before}: minutes ascend, each once`);
  else if (minute >= MAX_MINUTES) say(1, `minute is ${minute}, must be below ${MAX_MINUTES} (twelve weeks)`);
  else if (requests === undefined || requests < 0 || requests > MAX_REQUESTS)
    say(second, `requests is "${clip(cells[1]!)}", must be a number from 0 to ${MAX_REQUESTS}`);
  else return { minute, requests };
  return null;
}

function numberOf(cell: string): number | undefined {
  return /^\s*\d+(\.\d+)?\s*$/.test(cell) ? Number(cell) : undefined;
}

const meaningful = (line: string) => line.trim() !== '' && !line.startsWith('#');
const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
