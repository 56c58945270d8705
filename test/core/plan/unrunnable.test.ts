import { describe, expect, it } from 'vitest';
import { unrunnable } from '../../../lib/core/plan/unrunnable.ts';
import { cloudExperiment, goodPlan, localExperiment } from '../../support/experiments.ts';

const ec2 = (instanceType: string) => [{ ec2: { instanceTypes: [instanceType] } }] as never;
const triton = (parameters: object) =>
  cloudExperiment({ runtimes: [{ name: 'it', triton: { backend: 'libtorch', ...parameters } as never }] });

describe('unrunnable', () => {
  it('is nothing that the kit runs', () => {
    expect(unrunnable(goodPlan(localExperiment()))).toEqual([]);
    expect(unrunnable(goodPlan(triton({})))).toEqual([]);
    const front = { name: 'it', triton: { backend: 'python', frontWorkers: 2 } as never };
    expect(unrunnable(goodPlan(localExperiment({ runtimes: [front] })))).toEqual([]);
    expect(unrunnable(goodPlan(localExperiment({ load: { protocol: 'closed', users: 2 } })))).toEqual([]);
  });

  it.each([
    ['load inside the server', localExperiment({ load: { protocol: 'in-process', users: 2 } }), 'only loads over HTTP'],
    ['a front end', triton({ frontWorkers: 8 }), 'it needs a front end'],
    ['FasterTransformer', triton({ backend: 'fastertransformer' }), 'it needs FasterTransformer'],
    [
      'a batch job',
      cloudExperiment({ targets: ec2('c7g.xlarge'), runtimes: [{ name: 'it', torchbench: {} }] }),
      'it is a batch job',
    ],
  ])('is %s, said with what to do, and in the warnings', (_, experiment, words) => {
    const plan = goodPlan(experiment);
    const [found, ...rest] = unrunnable(plan);
    expect(rest).toEqual([]);
    expect(found!.what).toContain(words);
    expect(found!.fix).toMatch(/use|set|leave/);
    expect(plan.warnings.join('\n')).toContain(`cannot be run: ${found!.what}`);
  });
});

describe('front workers', () => {
  const warned = (parameters: object) =>
    goodPlan(triton(parameters)).warnings.filter((w) => w.includes('front workers')).length;
  it('that cannot fill a batch are warned of', () => {
    expect(warned({ frontWorkers: 8, maxBatchSize: 16, dynamicBatching: {} })).toBe(1);
    expect(warned({ frontWorkers: 16, maxBatchSize: 16, dynamicBatching: {} })).toBe(0);
    expect(warned({ frontWorkers: 8, maxBatchSize: 16 })).toBe(0);
    expect(warned({ frontWorkers: 0, maxBatchSize: 16, dynamicBatching: {} })).toBe(0);
  });
});
