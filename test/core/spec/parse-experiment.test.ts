import { describe, expect, it } from 'vitest';
import { defineExperiment } from '../../../lib/core/spec/define-experiment.ts';
import { pathText } from '../../../lib/core/spec/issue.ts';
import { parseExperiment } from '../../../lib/core/spec/parse-experiment.ts';
import { cloudExperiment, issuesOf, localExperiment, parsed } from '../../support/experiments.ts';

/** Rows: what is written, where the issue must point, and words it must contain. */
const wrong: [what: string, input: unknown, path: string, words: string | RegExp][] = [
  ['an unknown key', { ...localExperiment(), modle: {} }, 'modle', 'unknown key "modle"'],
  ['a missing key', { ...localExperiment(), slo: undefined }, 'slo', 'is required'],
  ['a name with capitals', localExperiment({ name: 'Big' }), 'name', 'lower case'],
  [
    'a wrong percentile',
    localExperiment({ slo: { percentile: 96 as never, latencyMs: 1 } }),
    'slo.percentile',
    '96 is not allowed',
  ],
  [
    'NaN',
    localExperiment({ slo: { percentile: 95, latencyMs: Number.NaN } }),
    'slo.latencyMs',
    'finite number, not NaN',
  ],
  [
    'infinity',
    localExperiment({ slo: { percentile: 95, latencyMs: Infinity } }),
    'slo.latencyMs',
    'finite number, not Infinity',
  ],
  [
    'a negative latency',
    localExperiment({ slo: { percentile: 95, latencyMs: -1 } }),
    'slo.latencyMs',
    'must be more than 0, not -1',
  ],
  [
    'an error rate over one',
    localExperiment({ slo: { percentile: 95, latencyMs: 1, maxErrorRate: 2 } }),
    'slo.maxErrorRate',
    'at most 1',
  ],
  ['no targets', localExperiment({ targets: [] }), 'targets', 'must not be empty'],
  [
    'too many cores',
    localExperiment({ targets: [{ local: { cores: 4096 } }] }),
    'targets[0].local.cores',
    'at most 1024',
  ],
  ['an empty target', localExperiment({ targets: [{}] }), 'targets[0]', 'names none'],
  [
    'two targets in one entry',
    localExperiment({ targets: [{ local: {}, ec2: { instanceTypes: ['c7g.large'] } }] }),
    'targets[0]',
    'names local and ec2',
  ],
  [
    'local twice',
    localExperiment({ targets: [{ local: {} }, { local: { cores: 2 } }] }),
    'targets[1]',
    'local stands twice',
  ],
  [
    'two runtimes in one entry',
    localExperiment({ runtimes: [{ reference: {}, emulated: {} }] }),
    'runtimes[0]',
    'names reference and emulated',
  ],
  [
    'a runtime that is not served',
    localExperiment({ runtimes: [{ ovms: {} } as never] }),
    'runtimes[0].ovms',
    'unknown key',
  ],
  [
    'a variable that Neuron retired',
    cloudExperiment({ runtimes: [{ neuron: { NEURONCORE_GROUP_SIZES: '1,1,1,1' } as never }] }),
    'runtimes[0].neuron.NEURONCORE_GROUP_SIZES',
    'gone since Neuron SDK 1.20: 1,1,1,1 is workers: 4',
  ],
  [
    'a mode not in this release',
    localExperiment({ runtimes: [{ torch: { mode: 'quantised' as never } }] }),
    'runtimes[0].torch.mode',
    '"quantised" is not allowed',
  ],
  [
    'a protocol not in this release',
    localExperiment({ load: { protocol: 'sawtooth' as never } }),
    'load.protocol',
    '"sawtooth" is not allowed',
  ],
  [
    'a parameter of another runtime',
    localExperiment({ runtimes: [{ torch: { spin: true } as never }] }),
    'runtimes[0].torch.spin',
    'unknown key',
  ],
  [
    'a value twice on an axis',
    localExperiment({ runtimes: [{ torch: { mode: ['eager', 'eager'] } }] }),
    'runtimes[0].torch.mode[1]',
    'stands twice',
  ],
  [
    'batching twice on an axis',
    localExperiment({ runtimes: [{ torch: { dynamicBatching: [{}, { maxBatchSize: 8 }] } }] }),
    'runtimes[0].torch.dynamicBatching[1]',
    'stands twice',
  ],
  [
    'an empty axis',
    localExperiment({ runtimes: [{ torch: { mode: [] } }] }),
    'runtimes[0].torch.mode',
    'must not be empty',
  ],
  [
    'a comma in an output',
    localExperiment({ runtimes: [{ torch: { outputs: 'a,b' } }] }),
    'runtimes[0].torch.outputs',
    'without commas',
  ],
  [
    'true for batching',
    localExperiment({ runtimes: [{ torch: { dynamicBatching: true as never } }] }),
    'runtimes[0].torch.dynamicBatching',
    'true is not allowed',
  ],
  [
    'an unknown key of batching',
    localExperiment({ runtimes: [{ torch: { dynamicBatching: [false, { maxBatch: 4 } as never] } }] }),
    'runtimes[0].torch.dynamicBatching[1].maxBatch',
    'unknown key',
  ],
  [
    'a text for threads',
    localExperiment({ runtimes: [{ torch: { threads: 'many' as never } }] }),
    'runtimes[0].torch.threads',
    '"many" is not allowed',
  ],
  ['no threads', localExperiment({ runtimes: [{ torch: { threads: 0 } }] }), 'runtimes[0].torch.threads', 'at least 1'],
  [
    'triton without backend',
    cloudExperiment({ runtimes: [{ triton: {} }] }),
    'runtimes[0].triton.backend',
    'triton needs backend',
  ],
  [
    'a name twice',
    localExperiment({
      runtimes: [
        { name: 'a', torch: {} },
        { name: 'a', reference: {} },
      ],
    }),
    'runtimes[1].name',
    'stands twice',
  ],
  [
    'an unknown instance type',
    cloudExperiment({ targets: [{ ec2: { instanceTypes: ['g4dn.2xlarg'] } }] }),
    'targets[0].ec2.instanceTypes[0]',
    'offers no instance type',
  ],
  [
    'an instance type twice',
    cloudExperiment({ targets: [{ ec2: { instanceTypes: ['c7g.large', 'c7g.large'] } }] }),
    'targets[0].ec2.instanceTypes[1]',
    'stands twice on ec2',
  ],
  ['no region', { ...cloudExperiment(), aws: undefined }, 'aws.region', 'need aws.region'],
  ['a region that is none', cloudExperiment({ aws: { region: 'virginia' } }), 'aws.region', 'must be an AWS region'],
  [
    'low over demand',
    localExperiment({ demand: { requestsPerMinute: 10, low: 11 } }),
    'demand.low',
    'must not exceed requestsPerMinute (10)',
  ],
  [
    'peak under demand',
    localExperiment({ demand: { requestsPerMinute: 10, peak: 9 } }),
    'demand.peak',
    'must not be below requestsPerMinute (10)',
  ],
  [
    'an address for local',
    localExperiment({ model: { source: 's3://b/m.onnx', inputs: 'i' } }),
    'model.source',
    'from this machine',
  ],
  [
    'a price of nothing',
    cloudExperiment({ prices: [{ instanceType: 'x1', usdPerHour: 1, source: 's', date: '2026-01-01' }] }),
    'prices[0].instanceType',
    'no instance type "x1"',
  ],
  [
    'two prices',
    cloudExperiment({
      prices: [1, 2].map((usdPerHour) => ({ instanceType: 'c7g.large', usdPerHour, source: 's', date: '2026-01-01' })),
    }),
    'prices[1].instanceType',
    'two prices',
  ],
  [
    'a price without a day',
    cloudExperiment({ prices: [{ instanceType: 'c7g.large', usdPerHour: 1, source: 's', date: 'today' }] }),
    'prices[0].date',
    'must be a day',
  ],
  ['a tag key AWS refuses', localExperiment({ tags: { 'a b': 'c' } }), 'tags.a b', 'tag key'],
  ['a tag that is a number', localExperiment({ tags: { a: 1 as never } }), 'tags.a', '1 is not allowed'],
  ['a text for the load', { ...localExperiment(), load: 'capacity' }, 'load', '"capacity" is not allowed'],
  ['nothing for the model', { ...localExperiment(), model: null }, 'model', 'nothing is not allowed'],
  ['a list for the name', { ...localExperiment(), name: ['a'] }, 'name', 'a list is not allowed'],
  ['a map for the name', { ...localExperiment(), name: { a: 1 } }, 'name', 'a map is not allowed'],
  ['a long text', { ...localExperiment(), search: 'x'.repeat(500) }, 'search', /^"x{57}…" is not allowed here$/],
  ['a huge number of repeats', localExperiment({ repeats: 1e30 }), 'repeats', /at most/],
  ['a fraction of a repeat', localExperiment({ repeats: 1.5 }), 'repeats', '1.5 is not allowed'],
];

describe('parseExperiment refuses', () => {
  it.each(wrong)('%s', (_, input, path, words) => {
    const issues = issuesOf(input);
    const found = issues.find((issue) => pathText(issue.path) === path);
    expect(issues.map((issue) => pathText(issue.path))).toContain(path);
    expect(found?.message).toMatch(words);
  });

  it.each([null, undefined, 1, 'x', [], () => 1, new Date(0), Symbol('s')])('%s as a document', (document) => {
    expect(issuesOf(document).length).toBeGreaterThan(0);
  });

  it('another version before anything else, saying which one it reads', () => {
    const issues = issuesOf({ schema: 'infersweep.experiment.v2', whatever: 1 });
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ path: ['schema'], allowed: ['infersweep.experiment.v1'] });
    expect(issues[0]!.message).toContain('infersweep.experiment.v2');
  });

  it('another document as a wrong value', () => {
    expect(issuesOf({ ...localExperiment(), schema: 'infersweep.plan.v1' })[0]!.allowed).toEqual([
      'infersweep.experiment.v1',
    ]);
    expect(issuesOf({ ...localExperiment(), schema: 2 })[0]!.path).toEqual(['schema']);
  });

  it('with legal values and the nearest spelling', () => {
    const find = (input: unknown) => issuesOf(input)[0]!;
    expect(find(localExperiment({ load: { protocol: 'capcity' as never } }))).toMatchObject({
      suggestion: 'capacity',
      allowed: ['capacity', 'closed', 'stairs', 'phases', 'constant', 'poisson', 'ramp', 'step', 'trace', 'in-process'],
      at: 'value',
    });
    expect(find(localExperiment({ runtimes: [{ onnxruntim: {} } as never] }))).toMatchObject({
      suggestion: 'onnxruntime',
      at: 'key',
    });
    expect(find(cloudExperiment({ targets: [{ sagemaker: { instanceTypes: ['g4dn.xlarge'] } }] })).suggestion).toBe(
      'ml.g4dn.xlarge',
    );
    expect(find(cloudExperiment({ targets: [{ ec2: { instanceTypes: ['ml.g4dn.xlarge'] } }] })).suggestion).toBe(
      'g4dn.xlarge',
    );
    expect(find(cloudExperiment({ targets: [{ ec2: { instanceTypes: ['g4dn.xlarg'] } }] })).suggestion).toBe(
      'g4dn.xlarge',
    );
    expect(find({ ...localExperiment(), name: undefined }).allowed).toEqual(['a text']);
    expect(find({ ...localExperiment(), tags: [] }).allowed).toEqual(['a map']);
    expect(find(localExperiment({ runtimes: [{ onnxruntime: { spin: 'yes' as never } }] })).allowed).toEqual([
      'true',
      'false',
      'a list',
    ]);
  });

  it('a misspelt key once, not also as missing', () => {
    const issuesOf = (input: unknown) => {
      const answer = parseExperiment(input);
      return answer.ok ? [] : answer.issues.map((i) => `${pathText(i.path)} ${i.message}`);
    };
    const { model, ...rest } = localExperiment() as { model: object };
    expect(issuesOf({ ...rest, modle: model })).toEqual(['modle unknown key "modle"']);
    expect(issuesOf({ ...rest, zzzzz: model })).toEqual(['model is required', 'zzzzz unknown key "zzzzz"']);
    const { source, ...others } = model as { source: string };
    expect(issuesOf({ ...rest, model: { ...others, sorce: source } })).toEqual(['model.sorce unknown key "sorce"']);
  });

  it('everything that is wrong at once', () => {
    expect(issuesOf(localExperiment({ name: 'Bad', slo: { percentile: 1 as never, latencyMs: 0 } }))).toHaveLength(3);
  });
});

describe('parseExperiment fills in', () => {
  it('the defaults of a small experiment', () => {
    expect(parsed(localExperiment())).toMatchObject({
      region: null,
      slo: { maxErrorRate: 0.001 },
      demand: null,
      objective: 'maximize-throughput',
      budget: { usd: null, hours: null },
      targets: [{ target: 'local', instanceTypes: ['local-1c'], cores: 1, purchase: null }],
      search: 'grid',
      itemsPerRequest: 1,
      availability: 'redundant',
      safety: 0.7,
    });
  });

  it('half and one and a half times the demand', () => {
    expect(parsed(localExperiment({ demand: { requestsPerMinute: 100 } })).demand).toEqual({
      requestsPerMinute: 100,
      low: 50,
      peak: 150,
    });
    expect(parsed(localExperiment({ demand: { requestsPerMinute: 100, low: 1, peak: 101 } })).demand).toEqual({
      requestsPerMinute: 100,
      low: 1,
      peak: 101,
    });
  });

  it.each([
    ['a demand', localExperiment({ demand: { requestsPerMinute: 1 } }), 'minimize-cost'],
    ['only local', localExperiment(), 'maximize-throughput'],
    ['the cloud', cloudExperiment(), 'minimize-cost'],
    ['a wish', localExperiment({ objective: 'balanced' }), 'balanced'],
  ])('the objective for %s', (_, input, objective) => expect(parsed(input).objective).toBe(objective));

  it('every parameter, in declared order', () => {
    expect(
      parsed(localExperiment({ runtimes: [{ onnxruntime: { outputs: ['all', 'pooled'] } }] })).runtimes[0]!.axes,
    ).toEqual([
      { parameter: 'threads', values: ['auto'] },
      { parameter: 'provider', values: ['cpu'] },
      { parameter: 'precision', values: ['fp32'] },
      { parameter: 'graphOptimization', values: ['all'] },
      { parameter: 'spin', values: [false] },
      { parameter: 'dynamicBatching', values: [false] },
      { parameter: 'outputs', values: ['all', 'pooled'] },
    ]);
  });

  it('purchase and availability', () => {
    const experiment = parsed(
      cloudExperiment({
        targets: [{ ec2: { instanceTypes: ['g4dn.xlarge'], purchase: 'spot' } }],
        availability: 'single',
      }),
    );
    expect(experiment.targets[0]!.purchase).toBe('spot');
    expect(experiment.availability).toBe('single');
  });

  it('nothing twice: parsing does not depend on the order of keys', () => {
    const input = localExperiment();
    const reversed = Object.fromEntries(Object.entries(input).reverse());
    expect(parseExperiment(reversed)).toEqual(parseExperiment(input));
  });
});

it('defineExperiment returns what it is given', () => {
  const input = localExperiment();
  expect(defineExperiment(input)).toBe(input);
});
