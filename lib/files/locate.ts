/** Where in a YAML text a path of the document stands. */
import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Issue } from '../core/spec/issue.ts';

export interface Position {
  /** From 1. */
  line: number;
  /** From 1, in characters. */
  column: number;
}

export type Locate = (path: Issue['path'], at: Issue['at']) => Position;

type Found = { node: unknown; key: unknown } | null;

function childOf(parent: unknown, part: string | number): Found {
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
    return pair ? { node: (pair as Pair).value, key: pair.key } : null;
  }
  if (isSeq(parent) && typeof part === 'number') {
    const node = parent.items[part];
    return node === undefined ? null : { node, key: node };
  }
  return null;
}

function startOf(node: unknown): number | null {
  const range = (node as Node | null)?.range;
  return range ? range[0] : null;
}

/**
 * The deepest part of the path that exists is pointed at: a missing key is reported at the map that lacks it. Values
 * behind an alias are pointed at where they were written.
 */
export function locator(document: Document, text: string): Locate {
  return (path, at) => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    for (const [i, part] of path.entries()) {
      const parent = isAlias(node) ? node.resolve(document) : node;
      const child = isCollection(parent) ? childOf(parent, part) : null;
      if (child === null) break;
      const byKey = (at === 'key' && i === path.length - 1) || startOf(child.node) === null;
      offset = startOf(byKey ? child.key : child.node) ?? offset;
      node = child.node;
    }
    return positionAt(text, offset);
  };
}

/**
 * Line and column of an offset. Counted in the text itself: the library's LineCounter loses lines where the parser gives
 * up. An offset beyond the text is its end.
 */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset));
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - lineStart + 1 };
}
