/**
 * How much slower each configuration of a device is than its fit foretells, learnt from a few and told for all: a Gaussian
 * process over the settings (C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning" (2006), alg. 2.1).
 * Its mean is the model of service times and the queue, so what is left to learn is small and smooth.
 */
import { exp } from './exact-math.ts';

export interface Settings {
  line: string;
  /** Relative standard error of what its line was fitted to. */
  lineSpread: number;
  lnBatch: number;
  /** Logarithm of the nearest size of its line that was timed over its batch. */
  lnBeyond: number;
  /** Share of the latency limit. */
  delay: number;
}

export interface Told {
  /** Index of a configuration. */
  of: number;
  /** Logarithm of the slowness. */
  value: number;
  variance: number;
  /** Logarithm of the latency it was read from over the limit: far from the limit the fit errs in its own way. */
  off: number;
}

export interface Belief {
  mean: number;
  deviation: number;
}

/**
 * Standard deviations before anything was loaded: of a device as a whole, a line, a neighbourhood, a configuration. These and
 * the reaches are near the likeliest for the true slowness of simulated devices of which only the timings are known.
 */
const DEVICE = 0.08;
const LINE = 0.03;
const NEAR = 0.06;
const OWN = 0.025;
/** Of a neighbourhood, how much two lines share. */
const SHARED = 0.8;
/** Of a line, for each factor of e between a batch and what was timed: small batches are read off large ones. */
const BEYOND = 0.03;
/** Reach of a neighbourhood: a factor of e in batch, the whole limit in delay. */
const REACH_DELAY = 1;

function covariance(a: Settings, b: Settings, same: boolean): number {
  const batch = a.lnBatch - b.lnBatch;
  const delay = (a.delay - b.delay) / REACH_DELAY;
  const beyond = BEYOND * BEYOND * a.lnBeyond * b.lnBeyond;
  const line = a.line === b.line ? LINE * LINE + a.lineSpread * b.lineSpread + beyond : 0;
  const near = a.line === b.line ? 1 : SHARED;
  const own = same ? OWN * OWN : 0;
  return DEVICE * DEVICE + line + near * NEAR * NEAR * exp(-(batch * batch + delay * delay) / 2) + own;
}

/** What the fit of the queue may be wrong by at e times the limit or an e-th of it; at the limit nothing, by definition. */
const SHAPE = 0.045;

/**
 * The error of the fit grows away from the limit as a random walk does: readings on one side of it share the way to the nearer,
 * so that repeating one does not make it true.
 */
function shape(a: Told, b: Told): number {
  if (a.off * b.off <= 0) return 0;
  return (a.of === b.of ? 1 : 0.5) * SHAPE * SHAPE * Math.min(Math.abs(a.off), Math.abs(b.off));
}

/** Belief about each configuration, in order. */
export function beliefs(settings: readonly Settings[], told: readonly Told[]): Belief[] {
  const n = told.length;
  const k = (i: number, j: number) => covariance(settings[i]!, settings[j]!, i === j);
  const lower: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const row = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      let sum = k(told[i]!.of, told[j]!.of) + shape(told[i]!, told[j]!) + (i === j ? told[i]!.variance : 0);
      for (let m = 0; m < j; m++) sum -= row[m]! * (lower[j] ?? row)[m]!;
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!;
    }
    lower.push(row);
  }
  const forward = (right: (i: number) => number) => {
    const x = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = right(i);
      for (let j = 0; j < i; j++) sum -= lower[i]![j]! * x[j]!;
      x[i] = sum / lower[i]![i]!;
    }
    return x;
  };
  const whitened = forward((i) => told[i]!.value);
  return settings.map((_, c) => {
    const v = forward((i) => k(told[i]!.of, c));
    let mean = 0;
    let explained = 0;
    for (let i = 0; i < n; i++) {
      mean += v[i]! * whitened[i]!;
      explained += v[i]! * v[i]!;
    }
    return { mean, deviation: Math.sqrt(Math.max(0, k(c, c) - explained)) };
  });
}
