/** From anything to a published document, or to everything that is wrong with it. Never throws. */
import { explain } from './explain.ts';
import type { Issue } from './issue.ts';
import { type Published, publishedSchema } from './published-schema.ts';

export type ParsedPublished = { ok: true; published: Published } | { ok: false; issues: Issue[] };

export function parsePublished(document: unknown): ParsedPublished {
  const parsed = publishedSchema.safeParse(document);
  if (parsed.success) return { ok: true, published: parsed.data };
  return { ok: false, issues: parsed.error.issues.flatMap((found) => explain(found, document, publishedSchema)) };
}
