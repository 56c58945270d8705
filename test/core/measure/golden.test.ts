import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../lib/core/load/job.ts';
import { firstMismatch } from '../../../lib/core/measure/golden.ts';

const tensor = (data: Tensor['data'], name = 'y', shape = [data.length]): Tensor => ({
  name,
  datatype: 'FP32',
  shape,
  data,
});
const tolerance = { atol: 1e-4, rtol: 1e-3 };

test('a value may differ by atol + rtol times the expected one, and no more', () => {
  fc.assert(
    fc.property(
      // Integers, because doubles are drawn tiny more often than not, where the relative part says nothing.
      fc.oneof(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.double({ min: -1, max: 1, noNaN: true })),
      fc.integer({ min: -200, max: 200 }).map((percent) => percent / 100),
      (value, share) => {
        fc.pre(Math.abs(Math.abs(share) - 1) > 1e-6);
        const limit = tolerance.atol + tolerance.rtol * Math.abs(value);
        const found = firstMismatch([tensor([value])], [tensor([value + share * limit])], tolerance);
        expect(found === null).toBe(Math.abs(share) < 1);
      },
    ),
  );
});

describe('mismatches in words', () => {
  test.each<[string, Tensor[], Parameters<typeof firstMismatch>[1], string]>([
    ['missing', [tensor([1])], [tensor([1], 'z')], 'output y is missing'],
    ['shape', [tensor([1, 2])], [tensor([1, 2], 'y', [2, 1])], 'output y: shape [2, 1] instead of [2]'],
    ['rank', [tensor([1], 'y', [1])], [tensor([1], 'y', [])], 'output y: shape [] instead of [1]'],
    ['length', [tensor([1, 2])], [{ name: 'y', shape: [2], data: [1] }], 'output y: 1 values instead of 2'],
    ['value', [tensor([1, 2])], [tensor([1, 2.1])], 'output y: value 1 is 2.1 instead of 2'],
    [
      'NaN as JSON writes it',
      [tensor([1])],
      [{ name: 'y', shape: [1], data: [null] }],
      'output y: value 0 is null instead of 1',
    ],
    ['NaN', [tensor([1])], [tensor([Number.NaN])], 'output y: value 0 is null instead of 1'],
    [
      'infinity',
      [tensor([1e300])],
      [tensor([Number.POSITIVE_INFINITY])],
      'output y: value 0 is null instead of 1e+300',
    ],
    ['a string', [tensor(['cat'])], [tensor(['dog'])], 'output y: value 0 is "dog" instead of "cat"'],
    ['a number as text', [tensor([1])], [tensor(['1'])], 'output y: value 0 is "1" instead of 1'],
  ])('%s', (_, expected, actual, message) => {
    expect(firstMismatch(expected, actual, tolerance)).toBe(message);
  });
});

test('strings, booleans, other outputs and another order are fine', () => {
  const expected = [tensor(['a', 'b'], 's'), tensor([true, false], 'b')];
  expect(firstMismatch(expected, [tensor([1], 'extra'), ...expected.toReversed()], tolerance)).toBeNull();
});

describe('cosine', () => {
  const loose = { atol: 10, rtol: 0, cosine: 0.999 };
  test('bounds the whole tensor beside the elements', () => {
    expect(firstMismatch([tensor([1, 0])], [tensor([1, 0.01])], loose)).toBeNull();
    expect(firstMismatch([tensor([1, 0])], [tensor([1, 0.2])], loose)).toBe(
      'output y: cosine similarity 0.980581 is below 0.999',
    );
  });
  test('two zero vectors are alike, a zero vector is like no other', () => {
    expect(firstMismatch([tensor([0, 0])], [tensor([0, 0])], loose)).toBeNull();
    expect(firstMismatch([tensor([1, 0])], [tensor([0, 0])], loose)).toContain('cosine similarity 0.000000');
  });
  test('does not judge strings', () => {
    expect(firstMismatch([tensor(['a'])], [tensor(['a'])], loose)).toBeNull();
  });
});
