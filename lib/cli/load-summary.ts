/** What came back from one URL, in figures and in words. */
import { Histogram } from '../core/load/histogram.ts';
import type { SegmentResult } from '../core/load/job.ts';
import type { StairMeasurement } from '../core/measure/measurement.ts';
import { mergeStair } from '../core/measure/merge-stair.ts';
import { percentileMs } from '../core/measure/percentile.ts';
import { rules } from '../core/measure/rules/all-rules.ts';
import { type Validity, validityOf } from '../core/measure/validity.ts';
import type { Configuration } from '../core/plan/plan.ts';
import { exitCodes } from './exit-codes.ts';

/** A bare URL has no objective: the median is asked of, with the usual limit on errors. */
const ANY_SLO = { percentile: 50, latencyMs: Number.POSITIVE_INFINITY, maxErrorRate: 0.001 };
const NO_CONFIGURATION: Configuration = {
  id: 'url',
  name: 'url',
  target: 'local',
  instanceType: '',
  runtime: '',
  parameters: {},
};

/** Judged by the rules that a run is judged by. */
function judge(stair: StairMeasurement, windows: readonly SegmentResult[]): Validity {
  const evidence = {
    configuration: NO_CONFIGURATION,
    slo: ANY_SLO,
    stairs: [{ stair, windows }],
    serverCores: null,
    golden: { checked: 0, wrong: 0, firstMismatch: null },
    repeats: null,
    ending: null,
  };
  return validityOf(rules.flatMap((rule) => rule(evidence) ?? []));
}

/** @param windows of one URL, in the order they ran; at least one. */
export function summarise(windows: readonly SegmentResult[], dropSeconds: number) {
  const s = mergeStair('load', windows, dropSeconds);
  const validity = judge(s, windows);
  const latency = Histogram.decode(s.latency);
  const schedule = Histogram.decode(s.scheduleError);
  return {
    requests: s.requests,
    errors: s.errors,
    durationS: s.durationS,
    throughputPerSecond: s.durationS > 0 ? s.completedInWindow / s.durationS : 0,
    latencyMs: {
      p50: percentileMs(latency, 50),
      p90: percentileMs(latency, 90),
      p95: percentileMs(latency, 95),
      p99: percentileMs(latency, 99),
      p999: percentileMs(latency, 99.9),
      max: latency.maxMs,
    },
    scheduleErrorMs: {
      p50: percentileMs(schedule, 50),
      p99: percentileMs(schedule, 99),
      p999: percentileMs(schedule, 99.9),
    },
    client: { cpuSeconds: s.client.cpuSeconds },
    validity: { status: validity.status, reasons: validity.reasons.map((r) => `${r.code}: ${r.detail}`) },
  };
}

export type LoadSummary = ReturnType<typeof summarise>;

export function summaryLines(r: LoadSummary): string[] {
  const ms = (v: number | null) => (v === null ? '-' : `${v.toFixed(2)} ms`);
  const errors = Object.entries(r.errors).filter(([, n]) => (n ?? 0) > 0);
  return [
    `${r.requests} requests in ${r.durationS.toFixed(1)} s: ${r.throughputPerSecond.toFixed(1)} good answers per second`,
    `latency p50 ${ms(r.latencyMs.p50)}  p95 ${ms(r.latencyMs.p95)}  p99 ${ms(r.latencyMs.p99)}  p99.9 ${ms(r.latencyMs.p999)}  max ${ms(r.latencyMs.max)}`,
    `errors: ${errors.length ? errors.map(([c, n]) => `${n} ${c}`).join(', ') : 'none'}`,
    `${r.validity.status}${r.validity.reasons.length ? `: ${r.validity.reasons.join(', ')}` : ''}`,
  ];
}

/** Of the verb, by what one URL or several gave. */
export function exitCodeOf(summaries: readonly LoadSummary[]): number {
  const good = (r: LoadSummary) => r.requests - Object.values(r.errors).reduce((sum, n) => sum + n, 0);
  if (summaries.some((r) => good(r) === 0 && (r.errors.connect ?? 0) > 0)) return exitCodes.preflight;
  return summaries.some((r) => r.validity.status === 'invalid') ? exitCodes.invalidTrial : exitCodes.ok;
}
