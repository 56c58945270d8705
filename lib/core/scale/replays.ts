/** One policy under many seeds. All policies see the same days (common random numbers), so their difference is their own. */
import type { CapacityCurve } from './capacity-curve.ts';
import type { ScalingValues, ScheduledBounds } from './scaling-values.ts';
import { type Assumptions, type ScaleInMode, scaleInModes } from './simulation/assumptions.ts';
import { FlowPlane } from './simulation/flow-plane.ts';
import { type InstanceKind, type Simulation, simulate } from './simulation/simulate.ts';
import { tickCounts } from './trace/arrivals.ts';
import { durationS, type Trace } from './trace/trace.ts';

export interface Spread {
  p5: number;
  p50: number;
  p95: number;
}

export interface Outcome {
  /** Late or refused requests, of all. */
  missShare: Spread;
  instanceHours: Spread;
  /** Over the whole trace; null without a price. */
  usd: Spread | null;
  scaleOuts: Spread;
  refusedScaleOuts: Spread;
}

/** AWS publishes no rule for scale-in: what comes out lies between these. */
export type Bracket = Record<ScaleInMode, Outcome>;

export interface Policy {
  values: ScalingValues;
  schedule?: readonly ScheduledBounds[];
}

export interface Fleet {
  kinds: readonly (InstanceKind & { curve: CapacityCurve })[];
}

/** Seconds of work that may wait: SageMaker gives up on a request after 60 s. */
const QUEUE_BOUND_S = 60;
const DAY_S = 86_400;

export class Replays {
  readonly trace: Trace;
  readonly assumed: Assumptions;
  private readonly tickS: number;
  private readonly days = new Map<number, Float64Array>();

  constructor(trace: Trace, assumed: Assumptions) {
    this.trace = trace;
    this.assumed = assumed;
    // A longer trace has longer ticks; both divide every step.
    this.tickS = trace.stepS >= 5 && durationS(trace) > DAY_S ? 5 : 1;
  }

  run({ values, schedule }: Policy, { kinds }: Fleet, scaleIn: ScaleInMode, seed: number): Simulation {
    let counts = this.days.get(seed);
    if (counts === undefined) {
      counts = tickCounts(this.trace, seed, this.tickS);
      this.days.set(seed, counts);
    }
    const curves = kinds.map((k) => k.curve);
    const plane = new FlowPlane({ counts, tickS: this.tickS, curves, queueBoundS: QUEUE_BOUND_S });
    const assumed = { ...this.assumed, scaleIn };
    return simulate({ plane, values, schedule, assumed, kinds, endS: durationS(this.trace), seed });
  }

  outcome(policy: Policy, fleet: Fleet, scaleIn: ScaleInMode, seeds: number): Outcome {
    const runs = Array.from({ length: seeds }, (_, seed) => this.run(policy, fleet, scaleIn, seed));
    const usd = runs.flatMap((r) => (r.usd === null ? [] : [r.usd]));
    return {
      missShare: spread(runs.map((r) => r.missShare)),
      instanceHours: spread(runs.map((r) => r.instanceSeconds / 3600)),
      usd: usd.length === runs.length ? spread(usd) : null,
      scaleOuts: spread(runs.map((r) => r.scaleOuts)),
      refusedScaleOuts: spread(runs.map((r) => r.refusedScaleOuts)),
    };
  }

  bracket(policy: Policy, fleet: Fleet, seeds: number): Bracket {
    const { minCapacity, maxCapacity } = policy.values;
    const first = this.outcome(policy, fleet, 'proportional', seeds);
    // What never scales in does not depend on how.
    if (minCapacity === maxCapacity) return { proportional: first, 'one-by-one': first };
    return { proportional: first, 'one-by-one': this.outcome(policy, fleet, 'one-by-one', seeds) };
  }
}

/** Nearest-rank percentiles. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!;
  return { p5: at(5), p50: at(50), p95: at(95) };
}

/** The dearer end of the bracket: dollars, or instance hours without a price. */
export function costOf(bracket: Bracket): number {
  return Math.max(...scaleInModes.map((mode) => (bracket[mode].usd ?? bracket[mode].instanceHours).p50));
}

/** Whichever rule AWS follows, and on 95 of 100 days. */
export function meets(bracket: Bracket, goal: number): boolean {
  return scaleInModes.every((mode) => bracket[mode].missShare.p95 <= goal);
}
