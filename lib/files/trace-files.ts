/** The traces that an experiment names, read beside it. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseTrace } from '../core/scale/trace/parse-trace.ts';
import type { ReadTrace } from '../core/spec/read-trace.ts';

/** Of one broken file; the others are like them. */
const MAX_PROBLEMS = 3;

export function tracesBeside(folder: string): ReadTrace {
  return (file) => {
    let text: string;
    try {
      text = readFileSync(resolve(folder, file), 'utf8');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : `cannot be read: ${message}`;
      return {
        ok: false,
        message: `${resolve(folder, file)} ${why}; it holds minute,requests, then one line a minute`,
      };
    }
    const parsed = parseTrace(text, basename(file));
    if (parsed.ok) return parsed;
    const shown = parsed.problems.slice(0, MAX_PROBLEMS).map((p) => `${file}:${p.line}:${p.column}: ${p.message}`);
    const more = parsed.problems.length - shown.length;
    return { ok: false, message: `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}` };
  };
}
