import { describe, expect, it } from 'vitest';
import { decide } from '../../../lib/cli/conclude.ts';
import { planSchema } from '../../../lib/core/plan/plan.ts';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { pathText } from '../../../lib/core/spec/issue.ts';
import { cloudExperiment, goodPlan, issuesOf, tracesOf, twoCores } from '../../support/experiments.ts';
import { calmRun } from '../../support/noisy-runs.ts';

const traces = tracesOf({ 'day.csv': [3000, 12_000, 30_000, 15_000], 'silent.csv': [0] });
const planned = (demand: ExperimentInput['demand']) => goodPlan(cloudExperiment({ demand }), twoCores, traces);

describe('demand as a trace', () => {
  it('is typical, low and peak by the minute, and stays in the plan for scaling', () => {
    const plan = planned({ trace: 'day.csv' });
    expect(plan.demand).toEqual({ requestsPerMinute: 15_000, low: 3000, peak: 30_000 });
    expect(plan.demandTrace).toEqual({ name: 'day.csv', stepS: 60, requests: [3000, 12_000, 30_000, 15_000] });
    expect(plan.objective).toBe('minimize-cost');
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('plans and decides as the same rates do', () => {
    const [traced, stated] = [
      planned({ trace: 'day.csv' }),
      planned({ requestsPerMinute: 15_000, low: 3000, peak: 30_000 }),
    ];
    const { demandTrace: _, experimentSha256: a, ...rest } = traced;
    const { experimentSha256: b, ...same } = stated;
    expect(rest).toEqual(same);
    expect(a).not.toBe(b);
    expect(stated).not.toHaveProperty('demandTrace');
    const { configuration } = traced.deployments[0]!;
    const { measurements } = calmRun(configuration);
    expect(decide(traced, measurements)).toEqual(decide(stated, measurements));
    expect(decide(traced, measurements).scaling).toMatchObject({ minCapacity: 2 });
  });

  it.each<[string, ExperimentInput['demand'], string, RegExp]>([
    ['neither rates nor a trace', {}, 'demand.requestsPerMinute', /needs either requestsPerMinute or trace/],
    ['low alone', { low: 5 }, 'demand.requestsPerMinute', /needs either/],
    [
      'both',
      { trace: 'day.csv', requestsPerMinute: 5 },
      'demand.requestsPerMinute',
      /demand\.trace says requestsPerMinute already/,
    ],
    ['a peak beside a trace', { trace: 'day.csv', peak: 5 }, 'demand.peak', /says peak already/],
    ['a file that is not there', { trace: 'absent.csv' }, 'demand.trace', /absent\.csv does not exist/],
    ['a day of silence', { trace: 'silent.csv' }, 'demand.trace', /no request in any minute/],
    ['an empty name', { trace: '' }, 'demand.trace', /must not be empty/],
  ])('refuses %s', (_, demand, path, says) => {
    const issues = issuesOf(cloudExperiment({ demand }), traces);
    expect(issues.find((i) => pathText(i.path) === path)?.message, JSON.stringify(issues)).toMatch(says);
  });

  it('cannot be read where nobody gave it a way to files', () => {
    expect(issuesOf(cloudExperiment({ demand: { trace: 'day.csv' } }))[0]).toMatchObject({
      path: ['demand', 'trace'],
      message: 'day.csv cannot be read from here',
    });
  });
});
