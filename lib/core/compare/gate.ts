/** Whether what is recommended got worse than a gate allows: the choice of one run against that of another. */

import type { Measurement, StairMeasurement } from '../measure/measurement.ts';
import { type Candidate, candidatesOf } from '../recommend/candidate.ts';
import { fastestPoint, feasiblePoints, unclearPoints } from '../recommend/capacity.ts';
import type { Slo } from '../recommend/goal.ts';
import type { Recommendation } from '../recommend/recommendation.ts';
import { MEASURE_LONGER } from '../recommend/unclear.ts';
import { usdPerMillion } from '../scale/usd-per-million.ts';
import { DEPLOYMENTS, deploymentsFor } from './between-deployments.ts';
import { changeOf, type LogChange, samplesFactor, type Verdict, verdictOf } from './change.ts';
import type { GateRule } from './gate-rule.ts';
import { latencyEstimate } from './latency-estimate.ts';
import type { LogEstimate } from './log-estimate.ts';
import { rateEstimate } from './rate-estimate.ts';

export interface GateSide {
  id: string;
  recommendation: Recommendation;
  measurements: readonly Measurement[];
}

export interface GateRow {
  gate: string;
  metric: string;
  /** Head must not be worse than base by more, in percent of base; its sign says which way is worse. */
  limitPercent: number;
  confidence: number;
  base: number | null;
  head: number | null;
  unit: 'USD' | 'ms' | 'requests/s';
  /** Head against base; null without both figures. */
  changePercent: number | null;
  /** Confidence interval of the change; null when there is none. */
  intervalPercent: { low: number | null; high: number | null } | null;
  verdict: Verdict;
  /** Why there is no verdict, or what the verdict does not know. */
  note: string | null;
  /** What an undecided gate would need on each side, should the change be what it looks like; null when that is not known. */
  needed: { samples: number; have: number; unit: LogEstimate['unit'] } | null;
}

export interface GateChoice {
  run: string;
  /** Id of the configuration; null when the run chose none. */
  configuration: string | null;
}

export interface GateResult {
  schema: 'infersweep.gate.v1';
  base: GateChoice;
  head: GateChoice;
  rows: GateRow[];
  passed: boolean;
  notes: string[];
}

/** A gate that cannot be asked of these runs at all, whatever they measured. */
export class GateError extends Error {}

/**
 * @param configuration name or id that both sides are read at; the choice of each when null.
 * @throws GateError when a run has no such configuration, or a metric is none that it can have.
 */
export function gate(
  rules: readonly GateRule[],
  base: GateSide,
  head: GateSide,
  configuration: string | null = null,
): GateResult {
  const before = subjectOf(base, configuration);
  const after = subjectOf(head, configuration);
  const rows = rules.map((rule) => rowOf(rule, before, after));
  const name = (subject: Subject) => subject.candidate?.configuration.id ?? null;
  return {
    schema: 'infersweep.gate.v1',
    base: { run: base.id, configuration: name(before) },
    head: { run: head.id, configuration: name(after) },
    rows,
    passed: rows.every((r) => r.verdict !== 'regression'),
    notes: notesOf(before, after),
  };
}

interface Subject {
  side: GateSide;
  candidate: Candidate | null;
  /** Stair of its capacity, once for each deployment; empty for a single figure of a source. */
  repeats: readonly StairMeasurement[];
  stairId: string | null;
  /** What was asked for may keep the objective, and more requests would tell. */
  unclear: boolean;
}

function subjectOf(side: GateSide, configuration: string | null): Subject {
  const { slo, deploy } = side.recommendation;
  const candidates = candidatesOf(side.measurements, slo, false);
  const wanted = configuration ?? deploy?.id ?? null;
  const unclear = (of: readonly Candidate[]) =>
    of.some((c) => c.refused === null && unclearPoints(c.points, slo.latencyMs).length > 0);
  if (wanted === null) return { side, candidate: null, repeats: [], stairId: null, unclear: unclear(candidates) };
  const found = candidates.filter(({ configuration: c }) => c.id === wanted || c.name === wanted);
  if (found.length === 0)
    throw new GateError(
      `${side.id} has no configuration ${wanted}; it has ${candidates.map((c) => c.configuration.id).join(', ')}`,
    );
  if (found.length > 1)
    throw new GateError(
      `${side.id} has several of ${wanted}: name one, ${found.map((c) => c.configuration.id).join(' or ')}`,
    );
  const candidate = found[0]!;
  const point = candidate.refused === null ? fastestPoint(feasiblePoints(candidate.points, slo.latencyMs)) : null;
  const stairId = point?.stairId ?? null;
  const repeats = stairId === null ? [] : stairsOf(candidate, stairId);
  return { side, candidate, repeats, stairId, unclear: unclear([candidate]) };
}

function stairsOf({ used }: Candidate, id: string): StairMeasurement[] {
  return used.flatMap((m) => m.stairs.filter((s) => s.id === id));
}

type Outcome = Pick<GateRow, 'base' | 'head' | 'verdict'> & {
  change?: LogChange;
  note: string | null;
  needed?: GateRow['needed'];
};

function rowOf(rule: GateRule, before: Subject, after: Subject): GateRow {
  const falls = rule.metric === 'throughput';
  const outcome = outcomeOf(rule, before, after);
  const percent = (log: number | null) => (log === null ? null : Math.expm1(log) * 100);
  const { change } = outcome;
  return {
    gate: rule.text,
    metric: labelOf(rule, before.side.recommendation.slo),
    limitPercent: (falls ? -100 : 100) * rule.tolerance,
    confidence: rule.confidence,
    base: outcome.base,
    head: outcome.head,
    unit: rule.metric === 'usdPerMillion' ? 'USD' : rule.metric === 'latency' ? 'ms' : 'requests/s',
    changePercent: change === undefined ? null : percent(change.value),
    intervalPercent:
      change === undefined || (change.low === null && change.high === null)
        ? null
        : { low: percent(change.low), high: percent(change.high) },
    verdict: outcome.verdict,
    note: outcome.note,
    needed: outcome.needed ?? null,
  };
}

function labelOf({ metric, percentile }: GateRule, slo: Slo): string {
  return metric === 'latency' ? `p${percentile ?? slo.percentile} latency` : metric;
}

function outcomeOf(rule: GateRule, before: Subject, after: Subject): Outcome {
  const none = { base: null, head: null };
  if (before.candidate === null || before.candidate.refused !== null)
    return { ...none, verdict: 'undecided', note: `base may not be compared with: ${whyNone(before)}` };
  if (after.candidate === null || after.candidate.refused !== null)
    return {
      ...none,
      verdict: after.side.recommendation.verdict === 'infeasible' && !after.unclear ? 'regression' : 'undecided',
      note: `head: ${whyNone(after)}`,
    };
  if (scalar(before) || scalar(after))
    return { ...none, verdict: 'undecided', note: 'single figures carry no spread: measure both sides with the kit' };
  if (before.stairId === null)
    return { ...none, verdict: 'undecided', note: 'base is not known to keep its objective at any load' };
  if (after.stairId === null && after.unclear)
    return {
      ...none,
      verdict: 'undecided',
      note: `head may keep its objective, and is not sure to: ${MEASURE_LONGER}`,
    };
  if (after.stairId === null)
    return { ...none, verdict: 'regression', note: 'head misses its objective at every load, base does not' };
  return rule.metric === 'latency' ? latencyOutcome(rule, before, after) : rateOutcome(rule, before, after);
}

function scalar({ candidate }: Subject): boolean {
  return candidate!.evidence === 'scalar';
}

function whyNone({ candidate, side }: Subject): string {
  return candidate?.refused ?? side.recommendation.sentence;
}

function rateOutcome(rule: GateRule, before: Subject, after: Subject): Outcome {
  const estimates = [before, after].map((s) => rateEstimate(s.repeats, rule.confidence));
  const [base, head] = estimates as [LogEstimate, LogEstimate];
  const rates = changeOf(base, head);
  if (rule.metric === 'throughput') {
    const found = judged(rule, base, head, mirrored(rates));
    return { ...found, base: base.figure, head: head.figure, change: rates };
  }
  const [dear, now] = [before, after].map((s) => pricedOf(s, rule)) as [Priced, Priced];
  const worse = shifted(mirrored(rates), Math.log(now.usdPerItemRate / dear.usdPerItemRate));
  return {
    ...judged(rule, base, head, worse),
    base: usdPerMillion(dear.usdPerHour, base.figure * dear.items),
    head: usdPerMillion(now.usdPerHour, head.figure * now.items),
    change: worse,
  };
}

interface Priced {
  usdPerHour: number;
  items: number;
  usdPerItemRate: number;
}

/** A price has no spread. */
function pricedOf({ candidate, side }: Subject, { text }: GateRule): Priced {
  const usdPerHour = candidate!.usdPerHour;
  const items = candidate!.used[0]!.itemsPerRequest;
  if (usdPerHour === null || usdPerHour === 0)
    throw new GateError(
      `${text}: ${side.id} has no price of ${candidate!.configuration.id} (${candidate!.priceNote ?? 'a machine of one’s own'}); gate on throughput or latency`,
    );
  return { usdPerHour, items, usdPerItemRate: usdPerHour / items };
}

/** At the load that base does best at, on both sides: at another one it would be another latency. */
function latencyOutcome(rule: GateRule, before: Subject, after: Subject): Outcome {
  const percentile = rule.percentile ?? before.side.recommendation.slo.percentile;
  const loaded = stairsOf(after.candidate!, before.stairId!);
  const none = { base: null, head: null };
  if (loaded.length === 0)
    return {
      ...none,
      verdict: 'undecided',
      note: `head was not measured at ${before.stairId}, where base does best: its latency is of another load`,
    };
  const base = latencyEstimate(before.repeats, percentile, rule.confidence);
  const head = latencyEstimate(loaded, percentile, rule.confidence);
  if (typeof base === 'string') return { ...none, verdict: 'undecided', note: missing('base', percentile, base) };
  if (head === 'failures')
    return { base: base.figure, head: null, verdict: 'regression', note: missing('head', percentile, head) };
  if (typeof head === 'string')
    return { base: base.figure, head: null, verdict: 'undecided', note: missing('head', percentile, head) };
  const change = changeOf(base, head);
  return { ...judged(rule, base, head, change), base: base.figure, head: head.figure, change };
}

function missing(side: string, percentile: number, why: 'too-few-samples' | 'failures'): string {
  return why === 'failures'
    ? `p${percentile} of ${side} lies among failures`
    : `${side} has too few requests for p${percentile}`;
}

function judged(
  { metric, tolerance, confidence }: GateRule,
  base: LogEstimate,
  head: LogEstimate,
  worse: LogChange,
): Pick<Outcome, 'verdict' | 'note' | 'needed'> {
  const limit = metric === 'throughput' ? -Math.log1p(-tolerance) : Math.log1p(tolerance);
  const verdict = verdictOf(worse, limit);
  if (verdict !== 'undecided') return { verdict, note: null };
  // More of it narrows the interval soonest.
  const { samples: have, unit, minimum } = width(base) >= width(head) ? base : head;
  if (worse.low === null || worse.high === null)
    return { verdict, note: 'too few for an interval', needed: { samples: minimum, have, unit } };
  const factor = samplesFactor(worse, limit);
  if (factor === null) return { verdict, note: 'the change is the limit itself: no number of windows would decide' };
  const samples = unit === 'deployments' ? deploymentsFor(have, factor, confidence) : Math.ceil(have * factor);
  return { verdict, note: null, needed: { samples, have, unit } };
}

function width({ low, high }: LogEstimate): number {
  return low === null || high === null ? Number.POSITIVE_INFINITY : high - low;
}

function mirrored({ value, low, high }: LogChange): LogChange {
  const minus = (v: number | null) => (v === null ? null : -v);
  return { value: -value, low: minus(high), high: minus(low) };
}

function shifted({ value, low, high }: LogChange, by: number): LogChange {
  return { value: value + by, low: low === null ? null : low + by, high: high === null ? null : high + by };
}

function notesOf(before: Subject, after: Subject): string[] {
  const [b, h] = [before.side.recommendation, after.side.recommendation];
  const single = [before, after].some((s) => s.repeats.length > 0 && s.repeats.length < DEPLOYMENTS);
  return [
    ...(JSON.stringify(b.slo) === JSON.stringify(h.slo) ? [] : ['the two runs have different objectives (slo)']),
    ...(before.candidate && after.candidate && before.candidate.configuration.id !== after.candidate.configuration.id
      ? ['the two runs chose different configurations: the answers are compared, not one configuration']
      : []),
    ...(single
      ? [
          `fewer than ${DEPLOYMENTS} deployments a side: how deployments differ is not in the interval (repeats: ${DEPLOYMENTS})`,
        ]
      : []),
  ];
}
