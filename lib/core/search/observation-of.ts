/** What the measurement of a trial tells the search: one stair, by the limits that the recommendation uses. */
import { BATCHES, batchMeans } from '../measure/batch-means.ts';
import type { Measurement } from '../measure/measurement.ts';
import type { ValidityReason } from '../measure/validity.ts';
import type { Slo } from '../recommend/goal.ts';
import { operatingPoints } from '../recommend/operating-point.ts';
import { exp } from './exact-math.ts';
import type { Load, Observation, Trial } from './trial.ts';

/** From a two-sided 95 % interval to a standard error. */
const Z975 = 1.96;
/** Student's t with the nine degrees of freedom of ten batches: quantiles 0.975 and 0.95. */
const T975_9 = 2.262;
const T95_9 = 1.833;
/** Of a rate whose windows are too few to tell. */
const UNKNOWN = 0.05;

/**
 * Reasons against a figure that say nothing against the configuration. Too high a rate ends in timeouts, refusals and late
 * requests: it did not hold, and a lower one may. One too low for its length to tell a percentile ends the search for one, as
 * lower ones tell it still less. A full batch is timed by its rate, which needs no percentile.
 */
const ONLY_THE_LOAD: Record<Load['kind'], readonly ValidityReason[]> = {
  rate: ['error-rate', 'timeout', 'client-bound', 'client-lag'],
  saturate: ['too-few-samples'],
  users: [],
};

/** Share of the offered rate below which a load was more than could be served. */
const SERVED = 0.97;
/** Times the limit: clearly over it. */
const BEYOND = 10;

/** @param measurement of this trial alone; an invalid one failed, whatever it shows, unless the load alone is to blame. */
export function observationOf(trial: Pick<Trial, 'id' | 'load'>, measurement: Measurement, slo: Slo): Observation {
  const point = operatingPoints([measurement], slo)[0];
  const { status, reasons } = measurement.validity;
  const forgiven = reasons.every((r) => ONLY_THE_LOAD[trial.load.kind].includes(r.code));
  const invalid = status === 'invalid';
  const { load, id } = trial;
  if (point === undefined || (invalid && !forgiven)) return failedObservation(id);
  const { ratePerSecond, interval, latencyMs, latencyInterval, errorsOver } = point;
  if (ratePerSecond === 0 && load.kind !== 'rate') return failedObservation(id);
  const half = interval === null || ratePerSecond === 0 ? null : (interval.high - interval.low) / 2;
  const rate = {
    ratePerSecond: rounded(ratePerSecond),
    rateSpread: half === null ? UNKNOWN : rounded(half / Z975 / ratePerSecond),
  };
  const held = !invalid && !errorsOver;
  if (held) {
    const upperMs = upperLimit(latencyMs, latencyInterval?.high ?? null, measurement);
    return {
      trial: id,
      ...rate,
      latencyMs: latencyMs && rounded(latencyMs),
      latencyUpperMs: upperMs && rounded(upperMs),
      failed: false,
    };
  }
  // Overload lasts as long as its trial, so that its latency is no figure; what was served tells how slow it is.
  const over = load.kind === 'rate' && ratePerSecond > 0 && ratePerSecond < SERVED * load.perSecond;
  const beyondMs = over ? BEYOND * slo.latencyMs : null;
  return {
    trial: id,
    ...rate,
    latencyMs: beyondMs,
    latencyUpperMs: beyondMs,
    failed: errorsOver && load.kind !== 'rate',
  };
}

/** Percentiles and intervals come from functions whose last bit may differ between engines; proposals may not. */
const rounded = (x: number) => Number(x.toPrecision(6));

/**
 * Requests that wait in one queue are late together, so that order statistics alone promise too much. A percentile moves by no
 * smaller a share than the mean does, whose spread batches of seconds tell (sectioning: M. K. Nakayama, "Confidence Intervals
 * for Quantiles Using Sectioning When Applying Variance-Reduction Techniques", ACM TOMACS 24 (2014)).
 */
function upperLimit(latencyMs: number | null, ordered: number | null, { stairs }: Measurement): number | null {
  if (latencyMs === null || ordered === null) return null;
  const means = (stairs[0]?.seconds ?? []).flat().flatMap((s) => (s.good === 0 ? [] : [s.latencySumMs / s.good]));
  const interval = means.length < BATCHES ? null : batchMeans(means);
  if (interval === null) return ordered;
  const spread = (interval.high - interval.mean) / interval.mean / T975_9;
  return Math.max(ordered, latencyMs * exp(T95_9 * spread));
}

/** Of a trial that could not be run: its deployment never came up, or is not to be had. */
export function failedObservation(trial: string): Observation {
  return { trial, ratePerSecond: 0, rateSpread: UNKNOWN, latencyMs: null, latencyUpperMs: null, failed: true };
}
