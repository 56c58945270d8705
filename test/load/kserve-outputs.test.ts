import { describe, expect, test } from 'vitest';
import { decodeOutputs } from '../../lib/load/kserve-outputs.ts';

const json = (text: string) => ({ pieces: [Buffer.from(text)], inferenceHeaderLength: -1 });

test('JSON, flat or nested by shape, in any pieces', () => {
  const text = '{"outputs":[{"name":"a","shape":[2,2],"data":[[1,2],[3,null]]},{"name":"b","shape":[1],"data":["é"]}]}';
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(decodeOutputs({ pieces, inferenceHeaderLength: -1 })).toEqual([
      { name: 'a', shape: [2, 2], data: [1, 2, 3, null] },
      { name: 'b', shape: [1], data: ['é'] },
    ]);
  }
});

function binary(outputs: { name: string; datatype: string; bytes: Buffer }[]) {
  const head = Buffer.from(
    JSON.stringify({
      outputs: outputs.map(({ name, datatype, bytes }) => ({
        name,
        datatype,
        shape: [1],
        parameters: { binary_data_size: bytes.length },
      })),
    }),
  );
  return { pieces: [head, ...outputs.map((o) => o.bytes)], inferenceHeaderLength: head.length };
}

describe('binary tensor data', () => {
  test.each<[string, number[], (number | boolean | string)[]]>([
    ['BOOL', [1, 0], [true, false]],
    ['UINT8', [255], [255]],
    ['INT8', [255], [-1]],
    ['INT16', [0, 128], [-32768]],
    ['UINT32', [1, 0, 0, 128], [2147483649]],
    ['INT64', [254, 255, 255, 255, 255, 255, 255, 255], [-2]],
    ['FP16', [0, 60, 0, 192, 1, 0, 0, 124], [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]],
    ['BF16', [128, 63, 0, 192], [1, -2]],
    ['FP32', [0, 0, 128, 63], [1]],
    ['FP64', [0, 0, 0, 0, 0, 0, 240, 63], [1]],
    ['BYTES', [2, 0, 0, 0, 104, 105, 0, 0, 0, 0], ['hi', '']],
  ])('%s', (datatype, bytes, data) => {
    const answer = binary([
      { name: 'first', datatype: 'UINT8', bytes: Buffer.from([7]) },
      { name: 'y', datatype, bytes: Buffer.from(bytes) },
    ]);
    expect(decodeOutputs(answer)[1]).toEqual({ name: 'y', shape: [1], data });
  });

  test('cut short', () => {
    const answer = binary([{ name: 'y', datatype: 'FP32', bytes: Buffer.alloc(4) }]);
    answer.pieces[1] = Buffer.alloc(3);
    expect(() => decodeOutputs(answer)).toThrow('output y is cut short');
  });
});

test.each([
  ['hello', 'the answer is not JSON'],
  ['null', 'the answer has no outputs'],
  ['{"error":"x"}', 'the answer has no outputs'],
])('%s is refused', (text, message) => {
  expect(() => decodeOutputs(json(text))).toThrow(message);
});

test('odd outputs do not throw: the comparison will name them', () => {
  expect(decodeOutputs(json('{"outputs":[null,{"name":"y"}]}'))).toEqual([
    { name: 'undefined', shape: [], data: [] },
    { name: 'y', shape: [], data: [] },
  ]);
});
