/** From zod's issues to ours: named keys, legal values, the nearest spelling. */
import type * as z from 'zod';
import { describeSchema, keysOf, schemasAt } from './describe-schema.ts';
import { type Issue, issue } from './issue.ts';
import { nearest } from './nearest.ts';
import { insteadOf } from './retired-keys.ts';

type Path = (string | number)[];
type ZodIssue = z.core.$ZodIssue;

/** What is said of a key that is not there. */
export const MISSING = 'is required';

/** A value as it is quoted in a message, clipped. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}…` : value}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return value === null ? 'nothing' : String(value);
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? at[key as keyof typeof at] : undefined,
    root,
  );
}

/**
 * The branch of a union that the author meant: the one whose complaint lies deepest. Null when no branch fits better
 * than the others, because the value's kind is wrong for all.
 */
function meantBranch(branches: readonly ZodIssue[][]): ZodIssue[] | null {
  const depth = (branch: ZodIssue[]) => Math.max(...branch.map((i) => i.path.length));
  const deepest = Math.max(0, ...branches.map(depth));
  return deepest === 0 ? null : (branches.find((branch) => depth(branch) === deepest) ?? null);
}

function limit(found: ZodIssue): string {
  if (found.code === 'too_small') {
    if (found.origin === 'array' || found.origin === 'string') return 'must not be empty';
    return `must be ${found.inclusive ? 'at least' : 'more than'} ${found.minimum}`;
  }
  if (found.code === 'too_big') {
    const what = found.origin === 'array' ? ' entries' : found.origin === 'string' ? ' characters' : '';
    return `must be ${found.inclusive ? 'at most' : 'less than'} ${found.maximum}${what}`;
  }
  return found.message;
}

/** @param document what was parsed, to quote its values. @param schema to list what would be legal. */
export function explain(found: ZodIssue, document: unknown, schema: z.ZodType, base: Path = []): Issue[] {
  const path = [...base, ...(found.path as Path)];
  const value = valueAt(document, path);
  if (found.code === 'unrecognized_keys') {
    const keys = [...new Set(schemasAt(schema, path).flatMap(keysOf))];
    return found.keys.map((key) =>
      issue([...path, key], insteadOf(key) ?? `unknown key ${show(key)}`, {
        allowed: keys,
        suggestion: nearest(key, keys),
        at: 'key',
      }),
    );
  }
  if (found.code === 'invalid_union') {
    const meant = meantBranch(found.errors);
    if (meant) return meant.flatMap((inside) => explain(inside, document, schema, path));
  }
  if (found.code === 'invalid_key') {
    return [issue(path, found.issues[0]?.message ?? found.message, { at: 'key' })];
  }
  if (found.code === 'invalid_value' || found.code === 'invalid_type' || found.code === 'invalid_union') {
    const allowed = [...new Set(schemasAt(schema, path).flatMap(describeSchema))];
    if (value === undefined) return [issue(path, MISSING, { allowed, at: 'key' })];
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return [issue(path, `must be a finite number, not ${show(value)}`, { allowed })];
    }
    const suggestion =
      typeof value === 'string'
        ? nearest(
            value,
            allowed.filter((word) => !word.startsWith('a ')),
          )
        : null;
    return [issue(path, `${show(value)} is not allowed here`, { allowed, suggestion })];
  }
  return [issue(path, `${limit(found)}${value === undefined ? '' : `, not ${show(value)}`}`)];
}
