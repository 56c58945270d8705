/** What the gate promises, counted over seeded runs whose truth is known. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../lib/core/compare/change.ts';
import { gate } from '../../../lib/core/compare/gate.ts';
import { parseGate } from '../../../lib/core/compare/gate-rule.ts';
import { clopperPearsonLower, clopperPearsonUpper } from '../../../lib/core/measure/clopper-pearson.ts';
import { type NoisyRun, noisyRun } from '../../support/noisy-runs.ts';

function ruleOf(text: string) {
  const parsed = parseGate(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.rule;
}

type World = Omit<NoisyRun, 'seed' | 'ratePerSecond' | 'latencyMs'>;

/** Verdicts of `pairs` pairs of runs, head `slower` times slower than base. */
function verdicts(text: string, world: World, slower: number, pairs: number): Record<Verdict, number> {
  const count: Record<Verdict, number> = { regression: 0, improvement: 0, tie: 0, undecided: 0 };
  const rule = ruleOf(text);
  for (let i = 0; i < pairs; i++) {
    const base = noisyRun({ ...world, seed: 2 * i, ratePerSecond: 100, latencyMs: 20 });
    const head = noisyRun({ ...world, seed: 2 * i + 1, ratePerSecond: 100 / slower, latencyMs: 20 * slower });
    count[gate([rule], base, head).rows[0]!.verdict]++;
  }
  return count;
}

/** The share could be no more than `p`: not refuted at 99.9 %. */
const atMost = (hits: number, n: number, p: number) =>
  expect(clopperPearsonLower(hits, n, 0.001)).toBeLessThanOrEqual(p);
/** The share is at least `p`, proven at 95 %. */
const provenAtLeast = (hits: number, n: number, p: number) =>
  expect(clopperPearsonLower(hits, n)).toBeGreaterThanOrEqual(p);
/** The share is at most `p`, proven at 95 %. */
const provenAtMost = (hits: number, n: number, p: number) =>
  expect(clopperPearsonUpper(hits, n)).toBeLessThanOrEqual(p);

const PAIRS = 600;
/** One minute a side, a second's rate within 5 %. */
const minute: World = { seconds: 60, cv: 0.05 };
const worlds: [string, World][] = [
  ['independent seconds', minute],
  ['seconds that remember half (AR(1) 0.5)', { ...minute, rho: 0.5 }],
  ['seconds that alternate (AR(1) -0.3)', { ...minute, rho: -0.3 }],
  ['three deployments that differ by 3 %', { seconds: 20, cv: 0.05, deployments: 3, between: 0.03 }],
];

describe.each(worlds)('with %s', (_, world) => {
  it('the same twice is red in no more than 5 %, though no tolerance helps', () => {
    const { regression } = verdicts('usdPerMillion=+0%@95', world, 1, 2 * PAIRS);
    provenAtMost(regression, 2 * PAIRS, 0.05);
  });

  it('a change of the limit itself is red in no more than 5 %', () => {
    atMost(verdicts('usdPerMillion=+5%@95', world, 1.05, PAIRS).regression, PAIRS, 0.05);
  });
});

describe('a slowdown of 10 %', () => {
  it.each([
    ['one minute a side', 'usdPerMillion=+5%@95', minute],
    ['one minute a side that remembers half', 'throughput=-3%@95', { ...minute, rho: 0.5 }],
    [
      'five deployments of 12 s that differ by 1 %',
      'usdPerMillion=+2%@95',
      { seconds: 12, cv: 0.05, deployments: 5, between: 0.01 },
    ],
  ] as [string, string, World][])('of %s is red in at least 95 %: %s', (_, text, world) => {
    provenAtLeast(verdicts(text, world, 1.1, PAIRS).regression, PAIRS, 0.95);
  });

  it('is not mistaken for an improvement, nor the other way round', () => {
    expect(verdicts('usdPerMillion=+5%@95', minute, 1.1, 100).improvement).toBe(0);
    expect(verdicts('usdPerMillion=+5%@95', minute, 1 / 1.1, 100)).toMatchObject({ improvement: 100 });
  });
});

describe('latency', () => {
  const PAIRS = 200;
  const world: World = { seconds: 60, cv: 0.03, requestsPerSecond: 60 };

  it.each([
    ['independent seconds', world],
    ['seconds that remember half, two minutes', { ...world, seconds: 120, rho: 0.5 }],
  ])('p95 with %s: red in no more than 5 % of the same twice, in at least 95 % of 10 % slower', (_, noise) => {
    provenAtMost(verdicts('p95=+0%@95', noise, 1, PAIRS).regression, PAIRS, 0.05);
    provenAtLeast(verdicts('latency=+2%@95', noise, 1.1, PAIRS).regression, PAIRS, 0.95);
  });

  it('whose seconds rise and fall by 10 % around requests that differ by 25 % is not taken for independent requests', () => {
    const rough = { ...world, cv: 0.1, rho: 0.5 };
    atMost(verdicts('p50=+0%@95', rough, 1, PAIRS).regression, PAIRS, 0.05);
  });
});

describe('what an undecided gate says it needs', () => {
  it('decides in eight of ten, where a quarter of it decides in few', () => {
    const rule = ruleOf('usdPerMillion=+5%@95');
    // 7 % dearer, too noisy for ten seconds.
    const short = { seconds: 10, cv: 0.1 };
    const asked: number[] = [];
    for (let i = 0; i < 400; i++) {
      const base = noisyRun({ ...short, seed: 2 * i, ratePerSecond: 100 });
      const head = noisyRun({ ...short, seed: 2 * i + 1, ratePerSecond: 100 / 1.07 });
      const { changePercent, needed } = gate([rule], base, head).rows[0]!;
      // The advice is right when the change is what it looks like.
      if (needed !== null && Math.abs(changePercent! - 7) < 0.3) asked.push(needed.samples);
    }
    expect(asked.length).toBeGreaterThan(8);
    const seconds = asked.sort((a, b) => a - b)[Math.floor(asked.length / 2)]!;
    const decided = (n: number) => {
      const { undecided } = verdicts('usdPerMillion=+5%@95', { ...short, seconds: n }, 1.07, 200);
      return 200 - undecided;
    };
    provenAtLeast(decided(seconds), 200, 0.8);
    provenAtMost(decided(Math.ceil(seconds / 4)), 200, 0.6);
  });
});
