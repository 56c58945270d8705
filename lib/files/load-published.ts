/** A folder with a `published.json`, or that file itself, read from disk. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Published } from '../core/spec/published-schema.ts';
import { formatIssue } from './format-issues.ts';
import { readPublished } from './read-published.ts';

const NAME = 'published.json';

export type LoadedPublished =
  | { ok: true; published: Published; text: string }
  /** What is wrong, one printable line or block each. */
  | { ok: false; lines: string[] };

/** null where the reference names no such document. */
export function loadPublished(reference: string): LoadedPublished | null {
  const file = fileOf(reference);
  if (file === null) return null;
  const text = readFileSync(file, 'utf8');
  const read = readPublished(text);
  if (read.ok) return { ok: true, published: read.published, text };
  const near = relative(process.cwd(), resolve(file));
  const shown = near.startsWith('..') ? file : near;
  return { ok: false, lines: read.issues.slice(0, 50).map((found) => formatIssue(found, shown)) };
}

function fileOf(reference: string): string | null {
  if (!existsSync(reference)) return null;
  const file = statSync(reference).isDirectory() ? join(reference, NAME) : reference;
  return basename(file) === NAME && existsSync(file) ? file : null;
}
