/** The text of a `published.json` → the document, or every issue with its place. Reads no file and never throws. */
import { parsePublished } from '../core/spec/parse-published.ts';
import { PUBLISHED_SCHEMA, type Published } from '../core/spec/published-schema.ts';
import { type ReadDocument, readDocument } from './read-document.ts';

export type ReadPublished = ReadDocument<{ published: Published }>;

export function readPublished(text: string): ReadPublished {
  return readDocument(text, PUBLISHED_SCHEMA, parsePublished);
}
