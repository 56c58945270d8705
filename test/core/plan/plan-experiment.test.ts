import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../lib/core/plan/plan.ts';
import { cloudExperiment, goodPlan, localExperiment, planOf, twoCores } from '../../support/experiments.ts';

/** A cloud experiment with everything that this release plans. */
const bertLarge = cloudExperiment({
  name: 'bert-large',
  model: {
    source: 's3://bucket/bert-large/',
    task: 'fill-mask',
    inputs: 'inputs.jsonl',
    golden: 'golden.jsonl',
    tokenizer: { maxLength: 512, padding: 'max' },
  },
  slo: { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 },
  demand: { requestsPerMinute: 30_000, low: 3000, peak: 45_000 },
  targets: [
    { sagemaker: { instanceTypes: ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge', 'ml.g4dn.12xlarge'] } },
    { ec2: { instanceTypes: ['inf1.xlarge', 'c7g.4xlarge'], purchase: 'on-demand' } },
  ],
  runtimes: [
    {
      triton: {
        backend: 'tensorrt',
        precision: 'fp16',
        maxBatchSize: 16,
        dynamicBatching: [false, {}],
        instanceCount: [1, 2],
      },
    },
    { neuron: { mode: ['data-parallel', 'pipeline'], batch: [1, 6] } },
    { torch: { mode: 'eager', precision: 'bf16' } },
  ],
  repeats: 3,
});

describe('planExperiment', () => {
  it('makes a plan that is a plan', () => {
    for (const input of [localExperiment(), cloudExperiment(), bertLarge]) {
      const plan = goodPlan(input);
      expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }
  });

  it('places every runtime where it fits and says why not elsewhere', () => {
    const plan = goodPlan(bertLarge);
    const ids = plan.deployments.map(({ id }) => id);
    expect(ids).toContain('triton-batched-x2@sagemaker/ml.g4dn.2xlarge');
    expect(ids).toContain('neuron-pipeline-batch6@ec2/inf1.xlarge');
    expect(ids).toContain('torch@ec2/c7g.4xlarge');
    expect(ids).toHaveLength(4 * 3 + 4 + 1);
    expect(plan.skipped).toHaveLength(9 * 5 - ids.length);
    expect(plan.skipped).toContainEqual({
      configuration: 'torch',
      target: 'sagemaker',
      instanceType: 'ml.g4dn.xlarge',
      code: 'incompatible',
      rule: 'cpu-runtime-on-accelerator',
      fix: expect.stringContaining('nvidia-t4'),
    });
    expect(new Set(plan.deployments.map(({ group }) => group)).size).toBe(ids.length);
    expect(plan.trials).toHaveLength(ids.length * 3 * 2);
    expect(new Set(plan.trials.map(({ id }) => id)).size).toBe(plan.trials.length);
    expect(plan.model.tolerance).toEqual({ atol: 5e-2, rtol: 2e-2 });
  });

  it('takes a batch of torch only from callers that sit in the process', () => {
    const input = (protocol: 'closed' | 'in-process') =>
      cloudExperiment({
        targets: [{ ec2: { instanceTypes: ['g4dn.xlarge'] } }],
        runtimes: [{ torch: { mode: 'torchscript', precision: 'fp16', device: 'cuda', batch: [1, 64] } }],
        load: { protocol, users: 1 },
      });
    expect(goodPlan(input('in-process')).skipped).toEqual([]);
    expect(goodPlan(input('closed')).skipped).toMatchObject([
      {
        configuration: 'torch-batch64',
        rule: 'batch-needs-in-process',
        fix: expect.stringContaining('itemsPerRequest'),
      },
    ]);
  });

  it('resolves threads and cores for each instance', () => {
    const parameters = new Map(
      goodPlan(bertLarge).deployments.map(({ id, configuration }) => [id, configuration.parameters]),
    );
    expect(parameters.get('torch@ec2/c7g.4xlarge')?.threads).toBe(16);
    expect(parameters.get('neuron-pipeline-batch1@ec2/inf1.xlarge')?.cores).toBe(4);
    expect(
      goodPlan(localExperiment({ targets: [{ local: { cores: 3 } }] }), { ...twoCores, localCores: 4 }).deployments[0]!
        .configuration,
    ).toMatchObject({
      id: 'onnxruntime@local/local-3c',
      instanceType: 'local-3c',
      parameters: { threads: 3 },
    });
  });

  it('prices the cloud and leaves local without a price', () => {
    expect(goodPlan(cloudExperiment()).deployments[0]).toMatchObject({
      usdPerHour: 0.7364,
      priceNote: null,
      priceSource: { region: 'us-east-1', date: '2025-04-11' },
    });
    const local = goodPlan(localExperiment());
    expect(local.deployments[0]).toMatchObject({
      group: 'local',
      usdPerHour: null,
      priceSource: null,
      priceNote: expect.any(String),
    });
    expect(local.estimate).toMatchObject({ usdExpected: 0, usdWorstCase: 0 });
  });

  it('never uses the price of another region', () => {
    const plan = goodPlan(cloudExperiment({ aws: { region: 'eu-west-1' } }));
    expect(plan.deployments[0]).toMatchObject({ usdPerHour: null, priceNote: expect.stringContaining('eu-west-1') });
    expect(plan.estimate).toMatchObject({ usdExpected: null, usdWorstCase: null, secondsExpected: expect.any(Number) });
    expect(plan.warnings.join()).toContain('1 deployments have no price');
  });

  it('gives one artifact to all that share it', () => {
    const plan = goodPlan(
      localExperiment({
        model: { source: 'checkpoint', inputs: 'i', tokenizer: { maxLength: 128 } },
        runtimes: [
          { onnxruntime: { outputs: ['a', 'b'] } },
          { torch: { mode: ['eager', 'torchscript'] } },
          { reference: {} },
          { emulated: {} },
        ],
      }),
      { localCores: 2, modelIsFolder: true },
    );
    expect(plan.preparations.map(({ kind, environment, runtime }) => [runtime, kind, environment])).toEqual([
      ['onnxruntime', 'onnx-export', 'onnxruntime-text'],
      ['torch', 'file', 'torch'],
      ['torch', 'torchscript-trace', 'torch'],
    ]);
    expect(plan.deployments.map(({ preparation }) => preparation)).toEqual([
      plan.preparations[0]!.id,
      plan.preparations[0]!.id,
      plan.preparations[1]!.id,
      plan.preparations[2]!.id,
      null,
      null,
    ]);
  });

  it('is the same for the same experiment, and its trials survive changes that do not concern them', () => {
    expect(goodPlan(bertLarge)).toEqual(goodPlan(structuredClone(bertLarge)));
    const ids = (input: unknown) => goodPlan(input).trials.map(({ id }) => id);
    const base = ids(localExperiment());
    expect(ids(localExperiment({ name: 'other', description: 'x', slo: { percentile: 99, latencyMs: 10 } }))).toEqual(
      base,
    );
    expect(ids(localExperiment({ repeats: 2 })).slice(0, base.length)).toEqual(base);
    for (const change of [
      { load: { rounds: 4 } },
      { itemsPerRequest: 2 },
      { model: { source: 'b.onnx', inputs: 'i' } },
      { runtimes: [{ onnxruntime: { spin: true } }] },
    ]) {
      expect(ids(localExperiment(change))).not.toContain(base[0]);
    }
    expect(goodPlan(localExperiment({ name: 'other' })).experimentSha256).not.toBe(
      goodPlan(localExperiment()).experimentSha256,
    );
  });

  it('has trial ids that can stand in a workflow’s path', () => {
    const name = 'a'.repeat(31) + '-'.repeat(2) + 'b'.repeat(30);
    for (const { id } of goodPlan(localExperiment({ runtimes: [{ name, onnxruntime: {} }], repeats: 100 })).trials) {
      expect(id).toMatch(/^[a-z0-9][a-z0-9._-]{0,63}$/);
    }
  });

  it('leaves out confirmation where there is none', () => {
    expect(goodPlan(localExperiment({ load: { confirm: false } })).trials.map(({ purpose }) => purpose)).toEqual([
      'screen',
    ]);
  });

  it('plans ten thousand cells in seconds', () => {
    const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    const plan = goodPlan(
      localExperiment({
        runtimes: [{ emulated: { fixedMs: range(100), perItemMs: range(100) } }],
        load: { confirm: false },
      }),
    );
    expect(plan.trials).toHaveLength(10_000);
  });
});

describe('planExperiment finds invalid', () => {
  const issues = (input: unknown, facts = twoCores) => {
    const answer = planOf(input, facts);
    return !answer.ok && answer.kind === 'invalid' ? answer.issues : [];
  };

  it.each([
    [
      'a target that nothing fits',
      localExperiment({ runtimes: [{ triton: { backend: 'tensorrt' } }] }),
      ['targets', 0, 'local'],
      'triton-on-local',
    ],
    [
      'a laptop without a core for the client',
      localExperiment({ targets: [{ local: { cores: 2 } }] }),
      ['targets', 0, 'local'],
      'local-cores-cover-client',
    ],
    [
      'a runtime that fits nowhere',
      cloudExperiment({ runtimes: [{ triton: { backend: 'tensorrt' } }, { neuron: {} }] }),
      ['runtimes', 1, 'neuron'],
      'neuron-needs-inf1',
    ],
    ['a baseline that is no configuration', localExperiment({ baseline: 'onnxruntim' }), ['baseline'], 'onnxruntim'],
    [
      'a file no runtime reads',
      localExperiment({ model: { source: 'm.h5', inputs: 'i' } }),
      ['model', 'source'],
      'no runtime reads',
    ],
    [
      'a configuration twice',
      localExperiment({ runtimes: [{ torch: {} }, { torch: {} }] }),
      ['runtimes', 1, 'torch'],
      'runtimes[0]',
    ],
  ])('%s', (_, input, path, words) => {
    expect(issues(input)).toMatchObject([{ path, message: expect.stringContaining(words as string) }]);
  });

  it('names every rule once, with its fix', () => {
    const [found] = issues(
      localExperiment({ runtimes: [{ triton: { backend: ['tensorrt', 'libtorch'] } }, { neuron: { batch: [1, 2] } }] }),
    );
    expect(found!.message.match(/triton-on-local/g)).toHaveLength(1);
    expect(found!.message).toContain('neuron-on-local');
  });

  it('accepts a baseline that is one, and suggests the nearest otherwise', () => {
    expect(goodPlan(localExperiment({ baseline: 'onnxruntime' })).baseline).toBe('onnxruntime');
    expect(issues(localExperiment({ baseline: 'onnxruntim' }))[0]!.suggestion).toBe('onnxruntime');
  });
});
