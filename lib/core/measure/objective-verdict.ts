/**
 * Whether a load kept the objective, said with the confidence of its sample: the percentile's one-sided 95 % limits
 * (`percentile-limit.ts`) on either side of the limit, or neither, and the error rate's lower one (`clopper-pearson.ts`).
 */
import type { Histogram } from '../load/histogram.ts';
import { clopperPearsonLower } from './clopper-pearson.ts';
import { lowerRank, upperRank } from './percentile-limit.ts';

export interface ObjectiveVerdict {
  /** `unclear`: the sample bears out neither. */
  verdict: 'met' | 'missed' | 'unclear';
  /** 95 % each; null where there are too few samples for one, Infinity where it falls among failures. */
  lowerMs: number | null;
  upperMs: number | null;
  /** The lower confidence bound of the error rate is above the limit. */
  errorsOver: boolean;
}

export interface Observed {
  /** From the intended send time, failures in the overflow. */
  latency: Histogram;
  requests: number;
  failed: number;
}

export function objectiveVerdict(
  { latency, requests, failed }: Observed,
  slo: { percentile: number; latencyMs: number; maxErrorRate: number },
): ObjectiveVerdict {
  const lower = lowerRank(latency.count, slo.percentile);
  const upper = upperRank(latency.count, slo.percentile);
  const lowerMs = lower === null ? null : (latency.floorAtRank(lower) ?? Number.POSITIVE_INFINITY);
  const upperMs = upper === null ? null : (latency.ceilingAtRank(upper) ?? Number.POSITIVE_INFINITY);
  const errorsOver = clopperPearsonLower(failed, requests) > slo.maxErrorRate;
  const missed = errorsOver || (lowerMs !== null && lowerMs > slo.latencyMs);
  const met = upperMs !== null && upperMs <= slo.latencyMs;
  return { verdict: missed ? 'missed' : met ? 'met' : 'unclear', lowerMs, upperMs, errorsOver };
}
