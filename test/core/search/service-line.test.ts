import { describe, expect, it } from 'vitest';
import { fitLine, lnBeyond, msAt, tableOf } from '../../../lib/core/search/service-line.ts';

const timed = (pairs: [number, number][]) => pairs.map(([n, ms]) => ({ n, ms, spread: 0.05 }));

describe('lnBeyond', () => {
  it('is the way to the nearest timed size by ratio: up to it above zero, down to it below', () => {
    const line = fitLine(
      timed([
        [4, 20],
        [32, 74],
      ]),
      null,
    );
    expect([1, 4, 8, 16, 64].map((n) => lnBeyond(line, n))).toEqual(
      [4, 1, 1 / 2, 2, 1 / 2].map((ratio) => expect.closeTo(Math.log(ratio), 12)),
    );
  });
});

describe('fitLine', () => {
  it('finds a and b', () => {
    const line = fitLine(
      timed([
        [1, 12],
        [8, 26],
        [32, 74],
      ]),
      null,
    );
    expect(line.a).toBeCloseTo(10, 9);
    expect(line.b).toBeCloseTo(2, 9);
    expect(msAt(line, 16)).toBeCloseTo(42, 9);
    expect(line.spread).toBeCloseTo(0.05 / Math.sqrt(3), 9);
  });

  it('never has a negative part', () => {
    const steep = fitLine(
      timed([
        [1, 1],
        [8, 20],
      ]),
      null,
    );
    expect(steep).toMatchObject({ a: 0 });
    expect(steep.b).toBeGreaterThan(0);
    const falling = fitLine(
      timed([
        [1, 20],
        [8, 10],
      ]),
      null,
    );
    expect(falling).toMatchObject({ b: 0 });
    expect(falling.a).toBeGreaterThan(0);
  });

  it('hopes the most from a single timing, and takes the shape of its like where there is one', () => {
    const bare = fitLine(timed([[32, 74]]), null);
    expect([msAt(bare, 32), msAt(bare, 1)]).toEqual([74, 74 / 32]);
    const like = fitLine(
      timed([
        [1, 12],
        [32, 74],
      ]),
      null,
    );
    const scaled = fitLine(timed([[32, 148]]), like);
    expect(msAt(scaled, 1)).toBeCloseTo(24, 9);
  });

  it('bends half-way to what three timings say', () => {
    const bent = fitLine(
      timed([
        [1, 12],
        [8, 40],
        [32, 74],
      ]),
      null,
    );
    const straight = bent.a + bent.b * 8;
    expect(msAt(bent, 8)).toBeCloseTo(Math.sqrt(straight * 40), 6);
  });

  it('fills a table from one request on', () => {
    const table = tableOf(
      fitLine(
        timed([
          [1, 12],
          [8, 26],
        ]),
        null,
      ),
      8,
    );
    expect(table).toHaveLength(9);
    expect(table[1]).toBeCloseTo(12, 9);
    expect(table[8]).toBeCloseTo(26, 9);
  });
});
