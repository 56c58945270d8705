import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { locator, positionAt } from '../../lib/files/locate.ts';

const text = `a: 1
list:
  - x
  - &m { k: v, 7: w }
  - *m
empty:
? complex
: y
`;
const locate = locator(parseDocument(text), text);

describe('locator', () => {
  it.each([
    [['a'], 'value', 1, 4],
    [['a'], 'key', 1, 1],
    [['list', 0], 'value', 3, 5],
    [['list', 1, 'k'], 'value', 4, 13],
    [['list', 1, 'k'], 'key', 4, 10],
    [['list', 1, 7], 'value', 4, 19],
    [['list', 2, 'k'], 'value', 4, 13],
    [['complex'], 'value', 8, 3],
    // What is missing is reported at the deepest part that exists.
    [[], 'value', 1, 1],
    [['list', 9], 'value', 3, 3],
    [['list', 'k'], 'value', 3, 3],
    [['list', 0, 'k'], 'key', 3, 5],
    [['none', 'k'], 'value', 1, 1],
    [['empty'], 'value', 6, 7],
  ] as const)('%j, its %s, stands at %d:%d', (path, at, line, column) => {
    expect(locate([...path], at)).toEqual({ line, column });
  });
});

describe('positionAt', () => {
  it.each([
    ['', 0, 1, 1],
    ['ab', 99, 1, 3],
    ['a\nb', 2, 2, 1],
    ['a\n', 2, 2, 1],
    ['a', -1, 1, 1],
  ])('%j at %d', (source, offset, line, column) => expect(positionAt(source, offset)).toEqual({ line, column }));
});
