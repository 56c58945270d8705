/** The text of a JSON document → what it holds, or every issue with its place. Reads no file and never throws. */
import { isMap, parseDocument } from 'yaml';
import { type Issue, issue } from '../core/spec/issue.ts';
import { locator, positionAt } from './locate.ts';
import type { LocatedIssue } from './read-experiment.ts';

const MAX_CHARACTERS = 10_000_000;

export type ReadDocument<T> = ({ ok: true } & T) | { ok: false; issues: LocatedIssue[] };

/** @param schema name of the document's schema, for a text that holds something else. */
export function readDocument<T>(
  text: string,
  schema: string,
  parse: (value: unknown) => ({ ok: true } & T) | { ok: false; issues: Issue[] },
): ReadDocument<T> {
  const failed = (message: string, offset: number): ReadDocument<T> => ({
    ok: false,
    issues: [{ ...issue([], message), ...positionAt(text, offset) }],
  });
  if (text.length > MAX_CHARACTERS)
    return failed(`has ${text.length} characters; at most ${MAX_CHARACTERS} are read`, 0);
  // JSON is YAML, and the YAML reader knows where everything stands. No alias can be in JSON, so none is followed.
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error', stringKeys: true, version: '1.2' });
  const [broken] = document.errors;
  if (broken) return failed(broken.message, broken.pos[0]);
  if (!isMap(document.contents)) return failed(`is not a document of schema ${schema}`, 0);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error), 0);
  }
  const parsed = parse(value);
  if (parsed.ok) return parsed;
  const locate = locator(document, text);
  const issues = parsed.issues.map((found) => ({ ...found, ...locate(found.path, found.at) }));
  return { ok: false, issues: issues.sort((a, b) => a.line - b.line || a.column - b.column) };
}
