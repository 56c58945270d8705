import { describe, expect, it } from 'vitest';
import { freshInputs } from '../../../lib/core/load/fresh-inputs.ts';
import type { Tensor } from '../../../lib/core/load/job.ts';
import type { Example } from '../../../lib/core/load/requests.ts';

const example = (...inputs: Tensor[]): Example => ({ id: 'x', inputs, expected: null });
const ids = (...data: number[]): Tensor => ({ name: 'ids', datatype: 'INT64', shape: [1, data.length], data });
const text = (words: string): Tensor => ({ name: 'text', datatype: 'BYTES', shape: [1], data: [words] });
const dataOf = (fresh: Tensor[][]) => fresh.map((inputs) => inputs.map((t) => t.data));

describe('fresh inputs', () => {
  it('are half of one and half of another, each value where it stood', () => {
    expect(dataOf(freshInputs([example(ids(1, 2, 3)), example(ids(4, 5, 6))], 9))).toEqual([[[1, 2, 6]], [[4, 5, 3]]]);
  });

  it('keep names, types and shapes', () => {
    const [fresh] = freshInputs([example(ids(1, 2)), example(ids(3, 4))], 1);
    expect(fresh).toEqual([{ name: 'ids', datatype: 'INT64', shape: [1, 2], data: [1, 4] }]);
  });

  it('are crossed at the same place in each tensor', () => {
    const mask = (...data: number[]): Tensor => ({ ...ids(...data), name: 'mask' });
    const both = [example(ids(1, 2), mask(1, 0)), example(ids(3, 4), mask(1, 1))];
    expect(dataOf(freshInputs(both, 1))).toEqual([
      [
        [1, 4],
        [1, 1],
      ],
    ]);
  });

  it('are made of words where they are texts', () => {
    expect(dataOf(freshInputs([example(text('the cat sat down')), example(text('a dog ran off'))], 1))).toEqual([
      [['the cat ran off']],
    ]);
  });

  it('are no more than asked for', () => {
    const many = Array.from({ length: 8 }, (_, i) => example(ids(i, i + 10)));
    expect(freshInputs(many, 5)).toHaveLength(5);
    expect(new Set(dataOf(freshInputs(many, 8)).map(String)).size).toBe(8);
  });

  it.each([
    ['of other lengths', [example(ids(1, 2)), example(ids(3, 4, 5))]],
    ['of other types', [example(ids(1, 2)), example({ ...ids(3, 4), datatype: 'INT32' })]],
    ['of one value', [example(ids(1)), example(ids(2))]],
    ['of one word', [example(text('one')), example(text('two'))]],
    ['all alike', [example(ids(1, 2)), example(ids(1, 2))]],
    ['whose crossing is one of them', [example(ids(1, 2)), example(ids(3, 2))]],
    ['alone', [example(ids(1, 2))]],
  ])('cannot be made of examples %s', (_, examples) => {
    expect(freshInputs(examples, 9)).toEqual([]);
  });
});
