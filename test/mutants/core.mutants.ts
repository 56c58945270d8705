/**
 * Twenty faults seeded into core, one at a time, in a copy of the sources: each must turn some test red. A mutant that no
 * longer applies, because the line it changes is gone, fails too: it would prove nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/cli.ts';

interface Mutant {
  fault: string;
  file: string;
  from: string;
  to: string;
  /** Folders below test/ whose tests must notice. */
  tests: string;
}

const mutants: Mutant[] = [
  {
    fault: 'fleets rounded down',
    file: 'scale/instances.ts',
    from: 'Math.ceil(demand / perInstance - 1e-9)',
    to: 'Math.floor(demand / perInstance)',
    tests: 'core/scale core/recommend',
  },
  {
    fault: 'a dropped × 60 in the capacity',
    file: 'recommend/choice.ts',
    from: 'point.ratePerSecond * 60',
    to: 'point.ratePerSecond',
    tests: 'core/recommend',
  },
  {
    fault: 'the price of two instances',
    file: 'recommend/choice.ts',
    from: '(instances ?? 1)',
    to: '(instances ?? 1) * 2',
    tests: 'core/recommend',
  },
  {
    fault: 'a dropped × 3600 in dollars per million',
    file: 'scale/usd-per-million.ts',
    from: '(itemsPerSecond * 3600)',
    to: 'itemsPerSecond',
    tests: 'core/scale core/recommend',
  },
  {
    fault: 'no safety in the target',
    file: 'scale/fleet.ts',
    from: 'capacityLowerPerMinute * (input.safety ?? DEFAULT_SAFETY)',
    to: 'capacityLowerPerMinute',
    tests: 'core/scale core/recommend',
  },
  {
    fault: 'minimum and low demand swapped',
    file: 'scale/fleet.ts',
    from: 'Math.max(floor, instancesFor(demand.low, target))',
    to: 'Math.min(floor, instancesFor(demand.low, target))',
    tests: 'core/scale core/recommend',
  },
  {
    fault: 'the largest sample for every percentile',
    file: 'load/histogram.ts',
    from: 'Math.ceil((p / 100) * this.count - 1e-9)',
    to: 'this.count',
    tests: 'core/load',
  },
  {
    fault: 'failures left out of percentiles',
    file: 'load/histogram.ts',
    from: 'if (k > this.finite) return null;',
    to: 'if (k > this.finite) return this.max;',
    tests: 'core/load',
  },
  {
    fault: 'failures lost when histograms merge',
    file: 'load/histogram.ts',
    from: 'this.overflow += other.overflow;',
    to: '',
    tests: 'core/load',
  },
  {
    fault: 'a percentile from too few samples',
    file: 'measure/percentile.ts',
    from: 'histogram.count < sampleMinimum(percentile)',
    to: 'histogram.count < 1',
    tests: 'core/measure core/recommend',
  },
  {
    fault: 'throughput counts what failed',
    file: 'measure/throughput.ts',
    from: 'sum + s.completedInWindow',
    to: 'sum + s.requests',
    tests: 'core/measure core/recommend',
  },
  {
    fault: 'the upper limit of the error rate for the lower',
    file: 'measure/clopper-pearson.ts',
    from: 'incompleteBeta(x, hits, n - hits + 1), alpha',
    to: 'incompleteBeta(x, hits, n - hits + 1), 1 - alpha',
    tests: 'core/measure core/recommend',
  },
  {
    fault: 'an SLO just met counts as missed',
    file: 'recommend/capacity.ts',
    from: 'p.latencyMs <= sloMs',
    to: 'p.latencyMs < sloMs',
    tests: 'core/recommend',
  },
  {
    fault: 'capacity is the slowest feasible stair',
    file: 'recommend/capacity.ts',
    from: 'b.ratePerSecond - a.ratePerSecond || a.latencyMs - b.latencyMs',
    to: 'a.ratePerSecond - b.ratePerSecond || a.latencyMs - b.latencyMs',
    tests: 'core/recommend',
  },
  {
    fault: 'invalid measurements rank',
    file: 'measure/validity.ts',
    from: "status: invalid ? 'invalid' :",
    to: "status: invalid ? 'degraded' :",
    tests: 'core/measure core/recommend',
  },
  {
    fault: 'golden tolerance without its relative part',
    file: 'measure/golden.ts',
    from: 'rtol * Math.abs(expected)',
    to: '0',
    tests: 'core/measure',
  },
  {
    fault: 'a mean gap of twice the length',
    file: 'load/schedule.ts',
    from: 'new PoissonSchedule(1000 / ratePerSecond, seed)',
    to: 'new PoissonSchedule(2000 / ratePerSecond, seed)',
    tests: 'core/load',
  },
  {
    fault: 'a matrix counted as a sum',
    file: 'plan/count-cells.ts',
    from: 'product * values.length',
    to: 'product + values.length',
    tests: 'core/plan',
  },
  {
    fault: 'the order of windows never reversed',
    file: 'plan/segments.ts',
    from: 'i % 2 === 0 ? items : reversed',
    to: 'items',
    tests: 'core/plan',
  },
  {
    fault: "another region's price",
    file: 'catalog/price.ts',
    from: 'prices.get(key(target, instanceType, region))',
    to: "prices.get(key(target, instanceType, 'us-east-1'))",
    tests: 'core/catalog',
  },
  { fault: 'a minute of one second', file: 'spec/duration.ts', from: 'm: 60', to: 'm: 1', tests: 'core/spec' },
];

let copy: string;
beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'mutants-')));
  for (const name of [
    'lib',
    'test',
    'schema',
    'examples',
    'containers',
    'package.json',
    'bin',
    'bench',
    'lambda',
    'tsconfig.json',
    'tsconfig.base.json',
    'vitest.config.ts',
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function passes(tests: string): boolean {
  const filters = tests.split(' ').map((t) => `test/${t}/`);
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', '--bail', '1', ...filters];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, INFERSWEEP_RESULTS: '' },
  });
  expect(stdout).toMatch(/Tests {2}/);
  return status === 0;
}

describe('core', () => {
  it('is green as it is', () => {
    expect(passes([...new Set(mutants.flatMap((m) => m.tests.split(' ')))].join(' '))).toBe(true);
  });

  it.each(mutants)('with $fault turns red', ({ file, from, to, tests }) => {
    const path = join(copy, 'lib', 'core', file);
    const text = readFileSync(path, 'utf8');
    expect(text.split(from), 'the mutant must apply exactly once').toHaveLength(2);
    writeFileSync(path, text.replace(from, to));
    try {
      expect(passes(tests)).toBe(false);
    } finally {
      writeFileSync(path, text);
    }
  });
});
