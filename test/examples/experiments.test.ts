/** Each source as an experiment: exactly its configurations, on exactly its machines, under its own load. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { unrunnable } from '../../lib/core/plan/unrunnable.ts';
import { examplePlan } from '../support/example-plan.ts';
import { published } from '../support/published.ts';

/** Rows of a source that no experiment can be made of, with the reason. */
const leftOut: Record<string, string> = {
  'bert-pytorch-sample': 'one model of the TorchBench run, not said in which mode',
  'hugging-face-eager': 'the list of the 33 models is absent',
  'hugging-face-compile': 'the list of the 33 models is absent',
};

const files: Record<string, string[]> = {
  'neuron-batching': ['neuron-batching'],
  'runtime-comparison': ['', 't5.yaml', 'gpt2.yaml', 'gpt-1b.yaml'].map((file) => `runtime-comparison/${file}`),
  'triton-instance-sweep': ['triton-instance-sweep'],
  'neuroncore-pipeline': ['neuroncore-pipeline'],
  'graviton-compile': ['graviton-compile', 'graviton-compile/t5-small.yaml'],
};
const plans = new Map<string, Plan[]>();
for (const [name, list] of Object.entries(files)) plans.set(name, await Promise.all(list.map(examplePlan)));

const cells = (rows: { configuration: { name: string; target: string; instanceType: string } }[]) =>
  [...new Set(rows.map(({ configuration: c }) => `${c.name}@${c.target}/${c.instanceType}`))].sort();

describe.each(Object.keys(files))('%s', (name) => {
  it('plans exactly the configurations of its source', () => {
    const rows = published(name).measurements.filter(({ configuration }) => !(configuration.name in leftOut));
    expect(cells(plans.get(name)!.flatMap((plan) => plan.deployments))).toEqual(cells(rows));
  });

  it('plans no number twice, and takes the runtime that its source names', () => {
    const planned = plans.get(name)!.flatMap((plan) => plan.deployments.map((d) => d.configuration));
    expect(new Set(planned.map((c) => c.id)).size).toBe(planned.length);
    for (const { configuration: source } of published(name).measurements) {
      const own = planned.find((c) => c.name === source.name);
      if (!own) continue;
      expect(own.runtime).toBe(source.runtime);
      for (const key of [
        'mode',
        'backend',
        'precision',
        'batch',
        'instanceCount',
        'frontWorkers',
        'threads',
      ] as const) {
        if (own.runtime === 'triton' && key === 'precision' && source.parameters[key] === undefined) continue;
        if (own.parameters[key] === undefined || source.parameters[key] === undefined) continue;
        // Autocast, which a source calls amp, is what our fp16 is on a GPU.
        const printed = source.parameters[key] === 'amp' ? 'fp16' : source.parameters[key];
        expect(own.parameters[key], `${source.name}.${key}`).toBe(printed);
      }
    }
  });
});

it('every row that is left out stands in a source', () => {
  const names = Object.keys(files).flatMap((name) => published(name).measurements.map((m) => m.configuration.name));
  for (const name of Object.keys(leftOut)) expect(names).toContain(name);
});

describe('the load of each source', () => {
  const load = (name: string, at = 0) => plans.get(name)![at]!.load;
  const users = (name: string, at = 0) =>
    load(name, at).stairs.map(({ shape }) => (shape.kind === 'closed' ? shape.users : 0));

  it('000: eight callers in the process, 90 s of which the script prints eighty', () => {
    expect(users('neuron-batching')).toEqual([8]);
    expect(load('neuron-batching')).toMatchObject({ windowSeconds: 90, dropSeconds: 10, inProcess: true });
  });

  it('001: one more user every 30 s up to 16, 480 s', () => {
    expect(users('runtime-comparison')).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(load('runtime-comparison').windowSeconds * 16).toBe(480);
  });

  it('002: 2 users and 2 more a minute for 1,500 s', () => {
    expect(users('triton-instance-sweep')).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i + 2));
    expect(load('triton-instance-sweep')).toMatchObject({ windowSeconds: 60, dropSeconds: 0, rounds: 1 });
  });

  it('003: as many callers as its rows need by Little’s law', () => {
    const needed = published('neuroncore-pipeline').measurements.map(
      (m) => ((m.rate!.value / m.itemsPerRequest) * m.latencyMs!) / 1000,
    );
    for (const callers of needed) {
      expect(users('neuroncore-pipeline').some((n) => Math.abs(callers - n) / n < 0.25)).toBe(true);
    }
  });

  it('004: one caller', () => {
    expect(users('graviton-compile')).toEqual([1]);
    expect(users('graviton-compile', 1)).toEqual([1]);
  });
});

describe('what cannot be run', () => {
  const reasons = (name: string) => plans.get(name)!.flatMap((plan) => unrunnable(plan).map(({ what }) => what));
  it('is said by the plan, in its warnings', () => {
    expect(reasons('triton-instance-sweep')).toEqual([]);
    expect(reasons('neuron-batching').join()).toContain('in-process');
    expect(reasons('graviton-compile').join()).toContain('batch job');
    expect(reasons('runtime-comparison').join()).toMatch(/FasterTransformer.*front end/);
    for (const list of plans.values()) {
      for (const plan of list) {
        for (const { what } of unrunnable(plan)) expect(plan.warnings.join('\n')).toContain(`cannot be run: ${what}`);
      }
    }
  });
});

describe('laptop', () => {
  it.each([
    ['neuron-batching/laptop.yaml', ['batch-1', 'batch-6']],
    ['neuroncore-pipeline/laptop.yaml', ['data-parallel', 'pipeline']],
    ['neuroncore-pipeline/laptop-b6.yaml', ['data-parallel', 'pipeline']],
    ['runtime-comparison/laptop.yaml', ['server', 'triton', 'triton-front', 'triton-batched', 'triton-batched-front']],
    [
      'triton-instance-sweep/laptop.yaml',
      ['plain', 'optimised'].flatMap((m) =>
        ['base', 'db', 'ig', m === 'plain' ? 'ig-db' : 'db-ig'].map((k) => `${m}-${k}`),
      ),
    ],
  ])('%s runs here, in three minutes at most', async (file, names) => {
    const plan = await examplePlan(file);
    expect(plan.deployments.map((d) => d.configuration.name)).toEqual(names);
    expect(plan.deployments.every((d) => d.configuration.target === 'local')).toBe(true);
    expect(unrunnable(plan)).toEqual([]);
    expect(plan.estimate.secondsExpected).toBeLessThanOrEqual(180);
  });
});
