import { describe, expect, it } from 'vitest';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { cloudExperiment, goodPlan, localExperiment, twoCores } from '../../support/experiments.ts';

const rows: [string, ExperimentInput, Partial<typeof twoCores>?][] = [
  ['model.golden is not set', localExperiment({ model: { source: 'm.onnx', inputs: 'i' } })],
  ['this machine has one core', localExperiment(), { localCores: 1 }],
  ['windows of 10 s', localExperiment({ load: { protocol: 'closed', users: 1, duration: '10s' } })],
  ['minimize-cost cannot rank', localExperiment({ objective: 'minimize-cost' })],
  ['Spot instances', cloudExperiment({ targets: [{ ec2: { instanceTypes: ['g4dn.xlarge'], purchase: 'spot' } }] })],
  [
    'more than a quarter',
    localExperiment({ runtimes: [{ onnxruntime: { dynamicBatching: { maxQueueDelayMs: 20 } } }] }),
  ],
  [
    'precisions differ',
    localExperiment({
      model: { source: 'checkpoint', inputs: 'i' },
      runtimes: [{ torch: { precision: ['fp32', 'bf16'] } }],
    }),
    { modelIsFolder: true },
  ],
  [
    '1 of 3 parts of the load have too few requests to judge p95, which takes 59; the first: step-1',
    localExperiment({ load: { protocol: 'step', step: { initialRate: 5, addedRate: 1, steps: 3, every: '10s' } } }),
  ],
];

describe('warnings', () => {
  it.each(rows)('%s', (words, input, facts) => {
    expect(goodPlan(input, { ...twoCores, ...facts }).warnings.join('\n')).toContain(words);
  });

  it('are absent from a plain experiment', () => expect(goodPlan(localExperiment()).warnings).toEqual([]));

  it('say nothing of windows where a load has none', () => {
    const load = { protocol: 'ramp', ramp: { initialRate: 20, finalRate: 40, duration: '20s' } } as const;
    expect(goodPlan(localExperiment({ load })).warnings).toEqual([]);
  });

  it('stop when the tolerance is set', () => {
    const tolerance = { atol: 0.1, rtol: 0.1 };
    const plan = goodPlan(
      localExperiment({
        model: { source: 'checkpoint', inputs: 'i', golden: 'g', tolerance },
        runtimes: [{ torch: { precision: ['fp32', 'bf16'] } }],
      }),
      { ...twoCores, modelIsFolder: true },
    );
    expect(plan.warnings).toEqual([]);
    expect(plan.model.tolerance).toEqual(tolerance);
  });
});
