/** The sweep over limits says at every limit what asking there says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contenderSteps, contendersOf } from '../../../lib/core/recommend/contenders.ts';
import { rank, winner } from '../../../lib/core/recommend/rank.ts';
import { intervalAt, sloMap } from '../../../lib/core/recommend/slo-map.ts';
import { randomField, randomGoal } from '../../support/random-field.ts';

const limits = fc.integer({ min: 2, max: 320 }).map((quarters) => quarters / 4);

describe('sloMap', () => {
  it('has at any limit the winner there', () => {
    let known = 0;
    fc.assert(
      fc.property(randomField, randomGoal, limits, (field, goal, sloMs) => {
        const map = sloMap(field, goal);
        const here = map[intervalAt(map, sloMs)]?.winner ?? null;
        if (here !== null) known++;
        expect(here).toBe(winner(field, { ...goal, sloMs })?.candidate ?? null);
      }),
      { numRuns: 1000 },
    );
    expect(known).toBeGreaterThan(500);
  });

  it('joins what one row wins and leaves no gap', () => {
    fc.assert(
      fc.property(randomField, randomGoal, (field, goal) => {
        const map = sloMap(field, goal);
        for (const [i, interval] of map.entries()) {
          expect(interval.fromMs).toBeLessThan(interval.toMs);
          expect(interval.toMs).toBe(map[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
          expect(map[i + 1]?.winner).not.toBe(interval.winner);
        }
      }),
    );
  });
});

describe('contenders', () => {
  it('hold the winner at any limit and demand', () => {
    let fewer = 0;
    fc.assert(
      fc.property(
        randomField,
        limits,
        fc.integer({ min: 1, max: 30_000 }),
        fc.boolean(),
        (field, sloMs, demandPerMinute, whatIf) => {
          for (const objective of ['minimize-cost', 'balanced'] as const) {
            const goal = { objective, sloMs, demandPerMinute, whatIf };
            const steps = contenderSteps(field, goal);
            const step = steps.filter((s) => s.limitMs <= sloMs).at(-1)?.contenders ?? [];
            const direct = contendersOf(rank(field, goal));
            const best = winner(field, goal)?.candidate;
            const among = (rows: typeof direct) =>
              winner(
                rows.map((r) => r.candidate),
                goal,
              )?.candidate;
            expect(among(direct)).toBe(best);
            expect(among([...step])).toBe(best);
            if (direct.length < rank(field, goal).length) fewer++;
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(fewer).toBeGreaterThan(300);
  });
});
