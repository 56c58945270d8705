/** The examples that hold somebody's published figures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Published } from '../../lib/core/spec/published-schema.ts';
import { readPublished } from '../../lib/files/read-published.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples');

export const publishedFile = (name: string) => join(folder, name, 'published.json');

export const examples = readdirSync(folder).filter((name) => existsSync(publishedFile(name)));

export function published(name: string): Published {
  const read = readPublished(readFileSync(publishedFile(name), 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.issues, null, 2));
  return read.published;
}
