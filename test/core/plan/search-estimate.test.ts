import { describe, expect, it } from 'vitest';
import { controllerTtlSeconds } from '../../../lib/core/plan/controller-life.ts';
import { holdUsd, hostUsdPerHour } from '../../../lib/core/plan/hold.ts';
import { ttlSeconds } from '../../../lib/core/plan/life-seconds.ts';
import { taskUsdAtMost } from '../../../lib/core/plan/task-cost.ts';
import { cloudExperiment, goodPlan, issuesOf, localExperiment, parsed, planOf } from '../../support/experiments.ts';

const types = ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge'];
const matrix = {
  targets: [{ sagemaker: { instanceTypes: types } }],
  runtimes: [
    {
      triton: {
        backend: 'tensorrt' as const,
        precision: 'fp16' as const,
        maxBatchSize: [2, 4, 8, 16, 32],
        dynamicBatching: [{}],
        instanceCount: [1, 2],
      },
    },
  ],
};

describe('search: adaptive', () => {
  it('makes trials of a minute in the cloud and of seconds here, and of the length that is asked for', () => {
    const of = (input: unknown) => parsed(input).load;
    expect(of(cloudExperiment({ search: 'adaptive' }))).toMatchObject({
      adaptive: { trialSeconds: 60 },
      dropSeconds: 5,
      windowSeconds: 65,
      rounds: 1,
      confirmation: null,
    });
    expect(of(localExperiment({ search: 'adaptive' }))).toMatchObject({
      adaptive: { trialSeconds: 10 },
      dropSeconds: 2.5,
    });
    const asked = localExperiment({ search: 'adaptive', load: { duration: '40s', warmup: '3s' } });
    expect(of(asked)).toMatchObject({ adaptive: { trialSeconds: 40 }, dropSeconds: 3, windowSeconds: 43 });
    expect(of(localExperiment()).adaptive).toBeUndefined();
  });

  it.each([
    ['an objective without a cost', { objective: 'minimize-latency' as const }, 'objective'],
    ['a protocol of its own', { load: { protocol: 'poisson' as const, rate: 3 } }, 'load.protocol'],
    ['rounds', { load: { rounds: 3 } }, 'load.rounds'],
    ['a confirmation', { load: { confirm: { finalists: 3 } } }, 'load.confirm'],
    ['short windows', { load: { window: '2s' } }, 'load.window'],
    ['repeats', { repeats: 3 }, 'repeats'],
  ])('refuses %s', (_, changes, path) => {
    const [found] = issuesOf(localExperiment({ search: 'adaptive', ...changes }));
    expect(found!.path.join('.')).toBe(path);
    expect(found!.message).toContain('search: adaptive');
    expect(issuesOf(localExperiment({ search: 'grid', ...changes }))).toEqual([]);
  });

  it('gives every configuration one trial to plan with, in a group of its own, also here', () => {
    const plan = goodPlan(
      localExperiment({ search: 'adaptive', runtimes: [{ onnxruntime: { dynamicBatching: [false, {}] } }] }),
    );
    expect(plan.search).toBe('adaptive');
    expect(plan.deployments.map((d) => d.group)).toEqual(plan.deployments.map((d) => d.id));
    expect(plan.trials.map((t) => [t.deployment, t.purpose])).toEqual(plan.deployments.map((d) => [d.id, 'screen']));
    expect(plan.trials[0]!.secondsExpected).toBe(24 * 12.5);
  });
});

describe('the estimate of a search', () => {
  const plan = goodPlan(cloudExperiment({ search: 'adaptive', ...matrix }));
  const price = new Map(plan.deployments.map((d) => [d.configuration.instanceType, d.usdPerHour!]));

  it('is, at worst, a visit to each and all revisits to the dearest, each for its whole time to live', () => {
    const visit = ttlSeconds('sagemaker', 360 + 2 + 120 + 24 * 65);
    const hours = types.reduce((sum, t) => sum + 10 * price.get(t)!, 0) + 12 * price.get('ml.g4dn.2xlarge')!;
    expect(plan.load.adaptive!.revisits).toBe(12);
    // Of each visit: a check and one load, both held for all of it, and the loads before that one, which are settled.
    const hour = 2 * 0.03238 + 4 * 0.00356 + 0.005;
    const tasks = (hour * (2 * (visit + 900 + 180) + visit + 23 * 60)) / 3600;
    const visits = (hours * (visit + 900 + 120)) / 3600 + 32 * tasks;
    const engines =
      plan.preparations.length * holdUsd('ec2', hostUsdPerHour('g4dn.xlarge', 'us-east-1'), 2 * 4530 + 600);
    const controller = taskUsdAtMost(0.5 * 0.03238 + 0.00356 + 0.005, controllerTtlSeconds(plan));
    expect(plan.estimate.usdWorstCase).toBeCloseTo(visits + engines + controller, 1);
  });

  it('expects fewer visits than there are configurations, and less time than loading all of them', () => {
    const all = goodPlan(
      cloudExperiment({ search: 'grid', load: { protocol: 'stairs', users: [1, 4, 16] }, ...matrix }),
    );
    expect(plan.estimate.secondsExpected).toBeLessThan(all.estimate.secondsExpected);
    expect(plan.estimate.usdExpected!).toBeLessThan(plan.estimate.usdWorstCase!);
  });

  it('is bounded by a budget that is enough to search with, because nothing beyond it is deployed', () => {
    const within = goodPlan(cloudExperiment({ search: 'adaptive', budget: { usd: 20 }, ...matrix }));
    expect(within.estimate.usdWorstCase).toBe(20);
    const poor = planOf(cloudExperiment({ search: 'adaptive', budget: { usd: 0.5 }, ...matrix }));
    expect(poor).toMatchObject({ ok: false, kind: 'refused', refusal: { code: 'over-budget' } });
  });
});
