import { describe, expect, it } from 'vitest';
import { parseCoreList, splitCores } from '../../lib/local/cores.ts';

describe('cores', () => {
  it.each([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['0-1,4,6-7', [0, 1, 4, 6, 7]],
  ])('reads %s', (list, cores) => {
    expect(parseCoreList(list)).toEqual(cores);
  });

  it.each([
    [[0, 1], 1, { server: [0], client: [1], others: [1] }],
    [[2, 3, 5, 7], 2, { server: [2, 3], client: [7], others: [5, 7] }],
    [[0, 1, 2, 3], 3, { server: [0, 1, 2], client: [3], others: [3] }],
  ])('splits %j for %i server cores', (allowed, cores, split) => {
    expect(splitCores(allowed, cores)).toEqual(split);
  });

  it("never gives the client's core to a server, unless there is only one", () => {
    expect(() => splitCores([0, 1], 2)).toThrow(/take the client's/);
    expect(splitCores([4], 1)).toEqual({ server: [4], client: [4], others: [4] });
  });
});
