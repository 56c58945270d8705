import { describe, expect, it } from 'vitest';
import type { Choice, Recommendation, Rejected } from '../../../lib/core/recommend/recommendation.ts';
import { compareRuns } from '../../../lib/core/report/comparison.ts';

const place = (configuration: string) => ({ configuration, target: 'local', instanceType: 'local-1c' });
const choice = (name: string, capacityPerMinute: number, latencyMs: number): Choice => ({
  ...place(name),
  instances: null,
  usdPerHour: null,
  usdPerMillion: 2,
  latencyMs,
  capacityPerMinute,
});
const lost = (name: string, capacityPerMinute: number | null, latencyMs: number | null): Rejected => ({
  ...place(name),
  reason: 'slo',
  detail: '',
  wouldWinAt: null,
  latencyMs,
  capacityPerMinute,
});
const run = (best: Choice | null, ties: Choice[], rejected: Rejected[]) =>
  ({ choice: best, ties, rejected }) as unknown as Recommendation;

describe('two runs side by side', () => {
  it('have a row for each configuration of either, with ratios head over base', () => {
    const rows = compareRuns(
      run(choice('a', 100, 10), [choice('b', 99, 20)], [lost('c', null, 80)]),
      run(choice('b', 198, 10), [], [lost('a', 50, 20), lost('d', 1, 1)]),
    );
    expect(rows.map((r) => [r.configuration, r.capacityRatio, r.latencyRatio])).toEqual([
      ['a', 0.5, 2],
      ['b', 2, 0.5],
      ['c', null, null],
      ['d', null, null],
    ]);
    expect(rows[0]!.base).toEqual({ capacityPerMinute: 100, latencyMs: 10, usdPerMillion: 2, standing: 'choice' });
    expect(rows[0]!.head!.standing).toBe('slo');
    expect(rows[1]!.base!.standing).toBe('tie');
    expect(rows[2]!.head).toBeNull();
    expect(rows[3]!.base).toBeNull();
  });

  it('have no ratio to nothing', () => {
    expect(compareRuns(run(null, [], [lost('a', 0, null)]), run(choice('a', 5, 5), [], []))[0]).toMatchObject({
      capacityRatio: null,
      latencyRatio: null,
    });
  });
});
