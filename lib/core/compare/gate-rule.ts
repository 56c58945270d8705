/** What a gate is asked to hold: `usdPerMillion=+5%@95`, read strictly. */

export interface GateRule {
  /** As it was typed. */
  text: string;
  metric: 'usdPerMillion' | 'throughput' | 'latency';
  /** Of `latency`; null for the percentile of the objective, and for other metrics. */
  percentile: number | null;
  /** Share of the base by which head may be worse, from 0. */
  tolerance: number;
  /** Of the two-sided interval of the change, between 0 and 1. */
  confidence: number;
}

export type ParsedGate = { ok: true; rule: GateRule } | { ok: false; problem: string };

export const GATE_FORM =
  'METRIC=±N%@CONFIDENCE, such as usdPerMillion=+5%@95, latency=+10%@95, p99=+10%@95 or throughput=-5%@95';

/** Below 50 an interval proves nothing; from 100 on it would be infinite. */
const CONFIDENCES = { low: 50, high: 99.99 };
const DEFAULT_CONFIDENCE = 95;

/** The sign says which way is worse, so that nobody forbids an improvement by mistake. */
export function parseGate(text: string): ParsedGate {
  const parts = /^([A-Za-z0-9.]+)=([+-]?)(\d+(?:\.\d+)?)%(?:@(\d+(?:\.\d+)?))?$/.exec(text.trim());
  if (parts === null) return { ok: false, problem: `"${text}" is no gate: expected ${GATE_FORM}` };
  const [, name, sign, percent, at] = parts;
  const of = metricOf(name!);
  if (of === null)
    return {
      ok: false,
      problem: `"${name}" is no metric: allowed are usdPerMillion, latency, p50 to p99.99, throughput`,
    };
  const worse = of.metric === 'throughput' ? '-' : '+';
  if (sign !== worse && Number(percent) !== 0)
    return { ok: false, problem: `${text}: ${name} gets worse by ${worse}, so the limit is ${worse}${percent}%` };
  if (of.metric === 'throughput' && Number(percent) >= 100)
    return { ok: false, problem: `${text}: a throughput cannot fall by ${percent} %, must be below 100` };
  const confidence = at === undefined ? DEFAULT_CONFIDENCE : Number(at);
  if (confidence < CONFIDENCES.low || confidence > CONFIDENCES.high)
    return {
      ok: false,
      problem: `${text}: confidence is ${at}, must be from ${CONFIDENCES.low} to ${CONFIDENCES.high}`,
    };
  return { ok: true, rule: { text, ...of, tolerance: Number(percent) / 100, confidence: confidence / 100 } };
}

function metricOf(name: string): Pick<GateRule, 'metric' | 'percentile'> | null {
  if (name === 'usdPerMillion' || name === 'throughput' || name === 'latency')
    return { metric: name, percentile: null };
  const percentile = /^p(\d{2}(?:\.\d+)?)$/.exec(name);
  const value = Number(percentile?.[1]);
  return value >= 50 && value < 100 ? { metric: 'latency', percentile: value } : null;
}
