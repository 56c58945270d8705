import { describe, expect, it } from 'vitest';
import { JsonlError, parseExamples, requestBodies } from '../../../lib/core/load/requests.ts';

const tensor = (name: string, data: number[], shape = [1, data.length]) => ({ name, datatype: 'FP32', shape, data });
const line = (value: unknown) => JSON.stringify(value);
const inputs = [line({ id: 'a', inputs: [tensor('x', [1, 2])] }), line({ inputs: [tensor('x', [3, 4])] })].join('\n');
const golden = [
  line({ id: 'a', outputs: [tensor('y', [1]), tensor('z', [9])] }),
  line({ id: '2', outputs: [tensor('y', [3])] }),
].join('\n');

describe('examples', () => {
  it('join inputs with golden outputs by id; a missing id is the line number', () => {
    expect(parseExamples(inputs, golden)).toEqual([
      { id: 'a', inputs: [tensor('x', [1, 2])], expected: [tensor('y', [1]), tensor('z', [9])] },
      { id: '2', inputs: [tensor('x', [3, 4])], expected: [tensor('y', [3])] },
    ]);
  });

  it('take text for one BYTES tensor, and need no golden outputs', () => {
    expect(parseExamples('\n{"text":"hello"}\n', null)).toEqual([
      { id: '2', inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['hello'] }], expected: null },
    ]);
  });

  it.each([
    ['what is not JSON', `${inputs}\n{`, null, 'inputs', 3, 'is not JSON'],
    ['an unknown key', line({ id: 'a', input: [] }), null, 'inputs', 1, /./],
    ['an id twice', `${inputs}\n${line({ id: 'a', text: 'x' })}`, null, 'inputs', 3, '"a" stands twice'],
    [
      'a golden id twice',
      inputs,
      `${golden}\n${line({ id: '2', outputs: [tensor('y', [3])] })}`,
      'golden',
      3,
      'stands twice',
    ],
    [
      'a golden id without input',
      inputs,
      line({ id: 'b', outputs: [tensor('y', [3])] }),
      'golden',
      1,
      '"b" has no input',
    ],
    ['an empty file', '\n\n', null, 'inputs', 1, 'no input'],
  ])('name file and line of %s', (_what, i, g, file, at, message) => {
    const read = () => parseExamples(i, g);
    expect(read).toThrow(message);
    expect(read).toThrow(JsonlError);
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({ file, line: at });
    }
  });
});

describe('request bodies', () => {
  const examples = parseExamples(inputs, golden);

  it('ask for everything, or for one output and compare only that', () => {
    const all = requestBodies(examples, 'all', 1)[0]!;
    expect(JSON.parse(all.content)).toEqual({ id: 'a', inputs: [tensor('x', [1, 2])] });
    expect(all.expected!.map((t) => t.name)).toEqual(['y', 'z']);
    const one = requestBodies(examples, 'y', 1)[0]!;
    expect(JSON.parse(one.content).outputs).toEqual([{ name: 'y' }]);
    expect(one.expected!.map((t) => t.name)).toEqual(['y']);
  });

  it('have no golden outputs where the asked one is not among them', () => {
    expect(requestBodies(examples, 'z', 1).map((b) => b.expected?.length ?? null)).toEqual([1, null]);
  });

  it('join several items along axis 0, cyclically', () => {
    const [first, second] = requestBodies(examples, 'y', 2);
    expect(JSON.parse(first!.content).inputs).toEqual([tensor('x', [1, 2, 3, 4], [2, 2])]);
    expect(JSON.parse(second!.content).inputs).toEqual([tensor('x', [3, 4, 1, 2], [2, 2])]);
    expect(first!.expected).toEqual([tensor('y', [1, 3], [2, 1])]);
    expect(examples[0]!.inputs[0]!.data).toEqual([1, 2]);
  });

  it('refuse to join items of different shapes', () => {
    const ragged = parseExamples(
      [line({ inputs: [tensor('x', [1])] }), line({ inputs: [tensor('x', [1, 2])] })].join('\n'),
      null,
    );
    expect(() => requestBodies(ragged, 'all', 2)).toThrow(/shapes differ/);
    const other = parseExamples(
      [line({ inputs: [tensor('x', [1])] }), line({ inputs: [tensor('w', [1])] })].join('\n'),
      null,
    );
    expect(() => requestBodies(other, 'all', 2)).toThrow(JsonlError);
  });

  it('have no golden outputs for a group that lacks one', () => {
    const partly = parseExamples(inputs, line({ id: 'a', outputs: [tensor('y', [1])] }));
    expect(requestBodies(partly, 'all', 2).map((b) => b.expected)).toEqual([null, null]);
  });
});
