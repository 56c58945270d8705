/** What a strategy's replay was worth. */
import type { Replay } from './replay.ts';
import type { Track } from './strategy.ts';

export interface Score {
  table: string;
  deploySeconds: number;
  seed: number;
  points: number;
  /** Cost over that of the best certifiable configuration, less one; infinite for a pick that breaks the objective or none. */
  regret: number;
  /** The same over what its noise lets be certified. */
  provableRegret: number;
  violating: boolean;
  none: boolean;
  billedSeconds: number;
  /** Of an exhaustive sweep. */
  billedShare: number;
  /** Billed over 1.25 × the deploy floor and 60 s × ceil(log2 loads + 2) for each configuration. */
  billedOverSmallLimit: number;
  /** Billed seconds after which the pick stays within 5 %; infinite for never. */
  stableSeconds: number;
  milliseconds: number;
}

const WITHIN = 0.05;

export interface Best {
  /** Of the cheapest that keeps 95 % of the limit. */
  cost: number;
  /** Of the cheapest whose noise lets it be certified; infinite where there is none. */
  provableCost: number;
}

/** null when nothing keeps 95 % of the limit: then there is nothing to find. */
export function bestOf(replay: Replay): Best | null {
  const best = replay.best();
  return best && { cost: best.cost, provableCost: replay.best(true)?.cost ?? Number.POSITIVE_INFINITY };
}

export function scoreOf(
  replay: Replay,
  best: Best,
  track: Track,
  o: { seed: number; points: number; milliseconds: number },
): Score {
  const cost = (i: number) => {
    const pick = track.stages[i]!.pick;
    return pick === null ? Number.POSITIVE_INFINITY : replay.trueCost(pick);
  };
  const last = track.stages.length - 1;
  let stable = last + 1;
  while (stable > 0 && cost(stable - 1) <= best.cost * (1 + WITHIN)) stable--;
  const none = track.stages[last]!.pick === null;
  const billedSeconds = track.stages[last]!.billedSeconds;
  const probes = replay.devices.reduce(
    (sum, d) =>
      sum + d.configurations.reduce((s, c) => s + 60 * Math.ceil(Math.log2(replay.world.loads(c.id).length) + 2), 0),
    0,
  );
  return {
    table: replay.world.name,
    deploySeconds: replay.devices[0]!.deploySeconds,
    seed: o.seed,
    points: o.points,
    regret: cost(last) / best.cost - 1,
    // Where nothing can be certified, to name nothing is to miss nothing.
    provableRegret: none && best.provableCost === Number.POSITIVE_INFINITY ? 0 : cost(last) / best.provableCost - 1,
    violating: !none && cost(last) === Number.POSITIVE_INFINITY,
    none,
    billedSeconds,
    billedShare: billedSeconds / replay.exhaustiveSeconds(),
    billedOverSmallLimit: billedSeconds / (1.25 * replay.deployFloor() + probes),
    stableSeconds: stable > last ? Number.POSITIVE_INFINITY : track.stages[stable]!.billedSeconds,
    milliseconds: o.milliseconds,
  };
}

export interface Summary {
  family: string;
  deploySeconds: number;
  strategy: string;
  replays: number;
  within2: number;
  within5: number;
  /** Within 2 % of the best that its noise lets be certified. */
  within2Provable: number;
  violating: number;
  regretP90: number;
  billedMedianS: number;
  billedShareMedian: number;
  billedShareP90: number;
  /** Share of replays inside the goal for their size. */
  billedInside: number;
  stableMedianS: number;
  millisecondsMedian: number;
}

/** Tables of at least so many points are judged by their share of an exhaustive sweep. */
const LARGE = 1000;
const LARGE_SHARE = 0.05;

export function summarise(family: string, strategy: string, scores: readonly Score[]): Summary {
  const share = (of: (s: Score) => boolean) => scores.filter(of).length / scores.length;
  const quantile = (p: number, of: (s: Score) => number) =>
    scores.map(of).sort((a, b) => a - b)[Math.min(scores.length - 1, Math.floor(p * scores.length))]!;
  return {
    family,
    deploySeconds: scores[0]!.deploySeconds,
    strategy,
    replays: scores.length,
    within2: share((s) => s.regret <= 0.02),
    within5: share((s) => s.regret <= WITHIN),
    within2Provable: share((s) => s.provableRegret <= 0.02),
    violating: share((s) => s.violating),
    regretP90: quantile(0.9, (s) => s.regret),
    billedMedianS: quantile(0.5, (s) => s.billedSeconds),
    billedShareMedian: quantile(0.5, (s) => s.billedShare),
    billedShareP90: quantile(0.9, (s) => s.billedShare),
    billedInside: share((s) => (s.points >= LARGE ? s.billedShare <= LARGE_SHARE : s.billedOverSmallLimit <= 1)),
    stableMedianS: quantile(0.5, (s) => s.stableSeconds),
    millisecondsMedian: quantile(0.5, (s) => s.milliseconds),
  };
}
