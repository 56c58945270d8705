/** One load on one configuration: what the search asks, and what it is told. */

export type Load =
  /** As fast as it will go: the rate tells the time of a full batch. */
  | { kind: 'saturate' }
  /** Poisson arrivals. */
  | { kind: 'rate'; perSecond: number }
  /** Closed loop. */
  | { kind: 'users'; users: number };

export type Trial = {
  /** The same history always gives the same id. */
  id: string;
  device: string;
  configuration: string;
  load: Load;
  /** Measured, after warm-up. */
  seconds: number;
  /** Only `confirm` may be reported. */
  purpose: 'time' | 'screen' | 'confirm';
};

export interface Observation {
  /** Id of the trial. */
  trial: string;
  /** Good answers per second. */
  ratePerSecond: number;
  /** Relative standard error of it. */
  rateSpread: number;
  /** Percentile of the objective; null when it cannot be told. */
  latencyMs: number | null;
  /** One-sided 95 % upper limit of it. */
  latencyUpperMs: number | null;
  /** Errors over the limit, a server that died, a deployment that never came up. */
  failed: boolean;
}

/** Of all trials of this load. */
export function nameOf(load: Load): string {
  switch (load.kind) {
    case 'saturate':
      return 'saturate';
    case 'rate':
      return `rate-${load.perSecond}`;
    case 'users':
      return `users-${load.users}`;
  }
}

export const sameLoad = (a: Load, b: Load): boolean => nameOf(a) === nameOf(b);

/** @param repeat of the same load for the same purpose, from 1. */
export function trialOf(trial: Omit<Trial, 'id'>, repeat: number): Trial {
  return { id: `${trial.configuration}#${nameOf(trial.load)}#${trial.purpose}#${repeat}`, ...trial };
}

/** Four significant digits: a rate is set no finer than it is measured, and its print is its value. */
export function roundRate(perSecond: number): number {
  return Number(perSecond.toPrecision(4));
}
