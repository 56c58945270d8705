import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../../lib/cli/table.ts';

const header = ['loses', 'instance', 'requests per minute', 'why'];
const why = '6 instances for 29.34 USD/h against 21.62 USD/h of the choice; would win at a limit of 498 ms';
const rows = [
  ['trt-db', 'ml.g4dn.12xlarge', '5356', why],
  ['pt-base', 'ml.g4dn.xlarge', '90', 'no price'],
];
const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => line.length));

describe('a table', () => {
  it('is one line for each row where nothing is known of a width, as in a pipe', () => {
    expect(table(header, rows, [2])).toEqual([
      'loses    instance          requests per minute  why',
      `trt-db   ml.g4dn.12xlarge                 5356  ${why}`,
      'pt-base  ml.g4dn.xlarge                     90  no price',
    ]);
    expect(table(header, rows, [2], 200)).toEqual(table(header, rows, [2]));
  });

  it('wraps the prose, and headings that are wider than their cells, before any name', () => {
    expect(table(header, rows, [2], 80)).toEqual([
      '                           requests',
      '                                per',
      'loses    instance            minute  why',
      'trt-db   ml.g4dn.12xlarge      5356  6 instances for 29.34 USD/h against 21.62',
      '                                     USD/h of the choice; would win at a limit',
      '                                     of 498 ms',
      'pt-base  ml.g4dn.xlarge          90  no price',
    ]);
  });

  it('breaks a name where it has to, behind a sign that joins its parts', () => {
    const id = 'onnxruntime-int8-batch8@sagemaker/ml.g4dn.12xlarge';
    expect(table(['configuration', 'rate'], [[id, '12']], [1], 40)).toEqual([
      'configuration                       rate',
      'onnxruntime-int8-batch8@sagemaker/    12',
      'ml.g4dn.12xlarge',
    ]);
  });

  it('cuts a name in the middle of a part only where no sign is near', () => {
    const cells = (name: string) => table(['configuration', 'requests/min'], [[name, '12']], [1], 29).slice(1);
    expect(cells('bert-transformers-fp32')).toEqual(['bert-                      12', 'transformers-', 'fp32']);
    expect(cells('bertfastertransformer')).toEqual(['bertfastertrans            12', 'former']);
  });

  it('keeps the indent of a cell on every line of it', () => {
    expect(table(['', 'usd'], [['  an alarm on three metrics', '1.50']], [1], 22)).toEqual([
      '                   usd',
      '  an alarm on     1.50',
      '  three metrics',
    ]);
  });

  it('never goes beyond the width that there is, and loses nothing', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ' ', '@'), maxLength: 60 });
    const some = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(some, fc.integer({ min: 60, max: 130 }), (cells, width) => {
        const lines = table(['first', 'second', 'the third'], cells, [], width);
        expect(widest(lines)).toBeLessThanOrEqual(width);
        const dense = (text: string) => [...text.replaceAll(' ', '')].sort().join('');
        expect(dense(lines.join(''))).toBe(dense(`firstsecondthethird${cells.flat().join('')}`));
      }),
    );
  });

  it('goes beyond a width in which no figure has room', () => {
    expect(widest(table(['a', 'b'], [['1234567890', '1234567890']], [0, 1], 15))).toBe(22);
  });

  it('break a range between its ends where nothing else gives way, and no figure off its unit', () => {
    const rows = [
      ['planned', '849.2 to 866.0', '12.5 ms'],
      ['picked', '705.0', '9 ms'],
    ];
    const header = ['policy', 'hours', 'p95'];
    expect(table(header, rows, [1, 2], 26)).toContainEqual(expect.stringMatching(/^planned +849.2 to +12.5 ms$/));
    expect(table(header, rows, [1, 2], 40)).toContain('planned  849.2 to 866.0  12.5 ms');
    expect(table(header, rows, [1, 2], 10).join('\n')).toContain('12.5 ms');
  });
});
