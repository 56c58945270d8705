/** What of a run is done and what is left: as many confirmations as there are configurations good enough for one. */
import { describe, expect, it } from 'vitest';
import { trialCounts } from '../../lib/cli/verb-status.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { measurementOf } from '../support/measurements.ts';
import { emulatedPlan } from '../support/plans.ts';

const plan = emulatedPlan();

function recorded(plan: Plan, purpose: 'screen' | 'confirm', latencyMs: readonly number[]): Measurement[] {
  return plan.trials
    .filter((t) => t.purpose === purpose)
    .slice(0, latencyMs.length)
    .map((t, i) => {
      const { configuration } = plan.deployments.find((d) => d.id === t.deployment)!;
      const stair = { users: 4, ratePerSecond: 100 - i, latencyMs: latencyMs[i]! };
      return { ...measurementOf(configuration, [stair], { purpose }), trial: t.id };
    });
}

const left = (...records: Measurement[][]) => trialCounts(plan, records.flat(), [], false).left;

describe('trials that are left', () => {
  it('are all screenings and the most confirmations, until the screening has ended', () => {
    expect(left()).toBe(4 + 2);
    expect(left(recorded(plan, 'screen', [10, 10, 10]))).toBe(1 + 2);
  });

  it('are, after it, those of the finalists', () => {
    const screened = recorded(plan, 'screen', [10, 10, 10, 10]);
    expect(left(screened)).toBe(2);
    expect(left(screened, recorded(plan, 'confirm', [10]))).toBe(1);
    expect(left(screened, recorded(plan, 'confirm', [10, 10]))).toBe(0);
  });

  it('are none where nothing is good enough to be confirmed', () => {
    expect(left(recorded(plan, 'screen', [90, 90, 90, 90]))).toBe(0);
    expect(left(recorded(plan, 'screen', [10, 90, 90, 90])), 'one is').toBe(1);
  });

  it('do not count a confirmation that was skipped', () => {
    const screened = recorded(plan, 'screen', [10, 10, 10, 10]);
    const [first] = recorded(plan, 'confirm', [10]);
    const { name, target, instanceType } = first!.configuration;
    const row = { configuration: name, target, instanceType, code: 'capacity' as const, rule: null, fix: null };
    expect(trialCounts(plan, screened, [{ trial: first!.trial, row }], false).left).toBe(1);
  });
});
