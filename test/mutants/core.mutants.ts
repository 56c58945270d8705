/**
 * Faults seeded into core, one at a time, in a copy of the sources: each must turn some test red. A mutant that no
 * longer applies, because the line it changes is gone, fails too: it would prove nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededSources } from '../support/seeded-faults.ts';

interface Mutant {
  fault: string;
  file: string;
  from: string;
  to: string;
  /** Beginnings of paths below test/ whose tests must notice: the narrowest that do. */
  tests: string;
}

const mutants: Mutant[] = [
  {
    fault: 'fleets rounded down',
    file: 'scale/instances.ts',
    from: 'Math.ceil(demand / perInstance - 1e-9)',
    to: 'Math.floor(demand / perInstance)',
    tests: 'core/scale/fleet core/recommend/recommend',
  },
  {
    fault: 'a dropped × 60 in the capacity',
    file: 'recommend/choice.ts',
    from: 'point.ratePerSecond * 60',
    to: 'point.ratePerSecond',
    tests: 'core/recommend/recommend',
  },
  {
    fault: 'the price of two instances',
    file: 'recommend/choice.ts',
    from: '(instances ?? 1)',
    to: '(instances ?? 1) * 2',
    tests: 'core/recommend/recommend',
  },
  {
    fault: 'a dropped × 3600 in dollars per million',
    file: 'scale/usd-per-million.ts',
    from: '(itemsPerSecond * 3600)',
    to: 'itemsPerSecond',
    tests: 'core/scale/fleet core/recommend/recommend',
  },
  {
    fault: 'no safety in the target',
    file: 'scale/fleet.ts',
    from: 'capacityLowerPerMinute * (input.safety ?? DEFAULT_SAFETY)',
    to: 'capacityLowerPerMinute',
    tests: 'core/scale/fleet core/recommend/recommend',
  },
  {
    fault: 'minimum and low demand swapped',
    file: 'scale/fleet.ts',
    from: 'Math.max(floor, instancesFor(demand.low, target))',
    to: 'Math.min(floor, instancesFor(demand.low, target))',
    tests: 'core/scale/fleet core/recommend/recommend',
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
    tests: 'core/measure/statistics core/measure/measure',
  },
  {
    fault: 'throughput counts what failed',
    file: 'measure/throughput.ts',
    from: 'sum + s.completedInWindow',
    to: 'sum + s.requests',
    tests: 'core/measure/merge-stair core/measure/measure core/measure/part-stairs',
  },
  {
    fault: 'the upper limit of the error rate for the lower',
    file: 'measure/clopper-pearson.ts',
    from: 'incompleteBeta(x, hits, n - hits + 1), alpha',
    to: 'incompleteBeta(x, hits, n - hits + 1), 1 - alpha',
    tests: 'core/measure/statistics core/measure/rules',
  },
  {
    fault: 'an SLO just met counts as missed',
    file: 'recommend/capacity.ts',
    from: 'p.keepsMs <= sloMs',
    to: 'p.keepsMs < sloMs',
    tests: 'core/recommend/recommend',
  },
  {
    fault: 'a percentile inside the objective is enough, whatever its upper limit',
    file: 'recommend/operating-point.ts',
    from: 'finiteMs(objective.upperMs)',
    to: "(typeof read === 'number' ? read : null)",
    tests: 'core/recommend/recommend',
  },
  {
    fault: 'capacity is the slowest feasible stair',
    file: 'recommend/capacity.ts',
    from: 'b.ratePerSecond - a.ratePerSecond || a.latencyMs - b.latencyMs',
    to: 'a.ratePerSecond - b.ratePerSecond || a.latencyMs - b.latencyMs',
    tests: 'core/recommend/recommend',
  },
  {
    fault: 'invalid measurements rank',
    file: 'measure/validity.ts',
    from: "status: invalid ? 'invalid' :",
    to: "status: invalid ? 'degraded' :",
    tests: 'core/measure/rules core/measure/measurement core/recommend/recommend',
  },
  {
    fault: 'golden tolerance without its relative part',
    file: 'measure/golden.ts',
    from: 'rtol * Math.abs(expected)',
    to: '0',
    tests: 'core/measure/golden',
  },
  {
    fault: 'a mean gap of twice the length',
    file: 'load/schedule.ts',
    from: 'sum - Math.log(uniform(seed, index))',
    to: 'sum - 2 * Math.log(uniform(seed, index))',
    tests: 'core/load',
  },
  {
    fault: 'a matrix counted as a sum',
    file: 'plan/count-cells.ts',
    from: 'product * values.length',
    to: 'product + values.length',
    tests: 'core/plan/count',
  },
  {
    fault: 'the order of windows never reversed',
    file: 'plan/segments.ts',
    from: 'i % 2 === 0 ? items : reversed',
    to: 'items',
    tests: 'core/plan/segments',
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

let sources: SeededSources;
beforeAll(() => {
  sources = new SeededSources('unit', ['schema', 'examples', 'containers']);
});
afterAll(() => sources.remove());

const pathsOf = (tests: string) => tests.split(' ').map((t) => `test/${t}`);

describe('core', () => {
  it('is green as it is', () => {
    expect(sources.passes(...new Set(mutants.flatMap((m) => pathsOf(m.tests))))).toBe(true);
  });

  it.each(mutants)('with $fault turns red', ({ file, from, to, tests }) => {
    expect(sources.passesWith([[`core/${file}`, from, to]], ...pathsOf(tests))).toBe(false);
  });
});
