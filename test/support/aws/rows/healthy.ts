/** Rows 1, 2, 20 and 26: a run of which nothing is wrong but what becomes of its controllers. */
import { expect } from 'vitest';
import { cloudPlan } from '../cloud-plan.ts';
import { BRIEF, calls } from '../fault-rows.ts';
import { BOTH, expectValid, type Row } from './row.ts';

export const HEALTHY = BOTH.map(
  ([where, overrides]): Row => ({
    name: `row 1: a controller that dies, and another that goes on: ${where}`,
    plan: () => cloudPlan(overrides),
    // With deletions that take their minute.
    options: () => ({ ...BRIEF, deletionSeconds: 60 }),
    expects: async (run, end) => {
      await expectValid(run, end);
      expect(calls(run, 'ecs:RunTask'), 'a check and a load').toBe(2);
      const measured = run.journal.filter(({ kind, path }) => kind === 'done' && path.endsWith('/measure'));
      expect(measured, 'measured once, whatever was repeated before').toHaveLength(1);
      expect(run.committedUsd, 'no more than the plan promised').toBeLessThanOrEqual(run.plan.estimate.usdWorstCase!);
    },
  }),
);
