import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../lib/core/spec/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
    ['modle', 'model', 1],
  ])('%s → %s is %d', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  it('is symmetric, and zero for equal words alone', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('nearest', () => {
  it.each([
    ['thread', ['threads', 'spin'], 'threads'],
    ['dynamic_batching', ['dynamicBatching'], 'dynamicBatching'],
    ['SLO', ['slo', 'load'], 'slo'],
    ['modle', ['schema', 'model'], 'model'],
    ['xyz', ['threads', 'spin'], null],
    ['', [], null],
    ['a'.repeat(65), ['a'.repeat(65)], null],
  ])('%s among %j is %s', (written, words, expected) => expect(nearest(written, words)).toBe(expected));

  it('prefers the first of equally near words', () => expect(nearest('sat', ['cat', 'bat'])).toBe('cat'));
});
