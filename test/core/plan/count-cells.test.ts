import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCells, MAX_CELLS, sizeIssues } from '../../../lib/core/plan/count-cells.ts';
import type { Experiment } from '../../../lib/core/spec/experiment.ts';
import { cloudExperiment, localExperiment, parsed, planOf } from '../../support/experiments.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const matrix = (a: number, b: number, c: number) =>
  localExperiment({
    runtimes: [
      {
        onnxruntime: {
          threads: range(a),
          outputs: range(b).map(String),
          dynamicBatching: range(c).map((maxBatchSize) => ({ maxBatchSize })),
        },
      },
    ],
  });

describe('countCells', () => {
  it('multiplies axes and adds entries and instance types', () => {
    const experiment = parsed(
      cloudExperiment({
        targets: [
          { sagemaker: { instanceTypes: ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge'] } },
          { ec2: { instanceTypes: ['inf1.xlarge'] } },
        ],
        runtimes: [
          { triton: { backend: 'tensorrt', dynamicBatching: [false, {}], instanceCount: [1, 2] } },
          { neuron: { batch: [1, 6, 8] } },
        ],
      }),
    );
    expect(countCells(experiment)).toEqual({
      cells: 7 * 3,
      largestAxis: { path: ['runtimes', 1, 'neuron', 'batch'], size: 3 },
    });
  });

  it('agrees with the expansion', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, (a, b, c) => {
        const input = matrix(a, b, c);
        const answer = planOf(input);
        if (!answer.ok) throw new Error('no plan');
        expect(answer.plan.deployments.length + answer.plan.skipped.length).toBe(countCells(parsed(input)).cells);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a million cells without expanding them, in less time than ten plans of a thousand take', () => {
    const cpuMs = (work: () => unknown) => {
      const started = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1000;
    };
    const input = matrix(100, 101, 100);
    planOf(matrix(2, 2, 2)); // compiles what is timed
    const before = process.memoryUsage().heapUsed;
    const refusing = cpuMs(() => planOf(input));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
    // Expanded, a million cells would cost a thousand times as much as a thousand.
    expect(refusing).toBeLessThan(10 * cpuMs(() => planOf(matrix(10, 10, 10))));
    const answer = planOf(input);
    expect(answer).toMatchObject({
      ok: false,
      kind: 'invalid',
      issues: [{ path: ['runtimes', 0, 'onnxruntime', 'outputs'] }],
    });
    expect(JSON.stringify(answer)).toContain('1,010,000 cells');
  });

  it('names the instance types when they are the largest axis', () => {
    const target = { target: 'ec2' as const, instanceTypes: range(20_000).map(String), cores: null, purchase: null };
    const experiment: Experiment = { ...parsed(localExperiment()), targets: [target] };
    expect(sizeIssues(experiment)[0]!.path).toEqual(['targets', 0, 'ec2']);
  });

  it.each([10 ** 300, Infinity])('refuses %d cells', (cells) => {
    const axes = range(cells === Infinity ? 400 : 300).map((i) => ({ parameter: `p${i}`, values: range(10) }));
    const experiment: Experiment = {
      ...parsed(localExperiment()),
      runtimes: [{ runtime: 'onnxruntime', name: null, axes }],
    };
    expect(countCells(experiment).cells).toBeGreaterThan(1e299);
    expect(sizeIssues(experiment)).toHaveLength(1);
  });

  it('bounds the trials as well as the cells', () => {
    const experiment = parsed({ ...matrix(10, 10, 10), repeats: 100 });
    expect(sizeIssues(experiment)[0]).toMatchObject({
      path: ['repeats'],
      message: expect.stringContaining('200,000 trials'),
    });
    expect(countCells(experiment).cells).toBeLessThan(MAX_CELLS);
    expect(sizeIssues(parsed({ ...matrix(10, 10, 10), repeats: 100, load: { confirm: false } }))).toEqual([]);
  });
});
