/** Issues as they are printed: where, what, and what would be right. */
import { type Issue, pathText } from '../core/spec/issue.ts';
import type { LocatedIssue } from './read-experiment.ts';

/** Longer lists (instance types) are cut; `infersweep schema experiment` has all of them. */
const MAX_LISTED = 12;

function legal({ allowed, suggestion }: Issue): string[] {
  const hint = suggestion === null ? [] : [`  did you mean: ${suggestion}`];
  if (allowed === null || allowed.length === 0) return hint;
  const more = allowed.length > MAX_LISTED ? `, … (${allowed.length} in all)` : '';
  return [...hint, `  allowed: ${allowed.slice(0, MAX_LISTED).join(', ')}${more}`];
}

/** One issue: `file:line:column: path: message`, then the nearest and the legal values, indented. */
export function formatIssue(found: LocatedIssue, file: string): string {
  const where = pathText(found.path);
  const head = `${file}:${found.line}:${found.column}: ${where === '' ? '' : `${where}: `}${found.message}`;
  return [head, ...legal(found)].join('\n');
}
