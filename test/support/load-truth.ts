/**
 * Does a load client tell the truth? Lays its log and result beside the stamps of the server it loaded. Each check returns
 * findings in words; none means nothing was found against the client.
 */
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { SegmentResult } from '../../lib/core/load/job.ts';

export interface Stamp {
  id: string;
  arrivalMs: number;
  doneMs: number;
}

export interface ServerLog {
  stamps: Stamp[];
}

export interface TruthReport {
  /** Requests lost, doubled or invented: no host excuses these. */
  identity: string[];
  /** Times that disagree: the only findings for which a busy host may be to blame. */
  timing: string[];
  figures: Record<string, number>;
}

export const MEDIAN_EXCESS_LIMIT_MS = 0.2;
export const SPAN_LIMIT = 0.002;
export const PERCENTILE_LIMIT = 0.02;

const quantile = (sorted: number[], p: number) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length - 1e-9) - 1)]!;
const ascending = (values: number[]) => values.sort((a, b) => a - b);
const span = (from: number[], to: number[]) => Math.max(...to) - Math.min(...from);

/**
 * Compares one segment, run with `requestLog` and without a dropped head, with the server's stamps of it. The excess is only
 * judged where both sides are kept awake: at a few hundred requests a second it is the host's time to wake two sleepers.
 */
export function compareWithStamps(
  segment: SegmentResult,
  { stamps }: ServerLog,
  seconds: number,
  o: { judgeExcess: boolean },
): TruthReport {
  const report: TruthReport = { identity: [], timing: [], figures: { requests: stamps.length } };
  const byId = new Map(stamps.map((stamp) => [stamp.id, stamp]));
  const rows = segment.log ?? [];
  checkIdentity(report, segment, stamps, byId, seconds);
  const pairs = rows.flatMap((row) => {
    const stamp = byId.get(row.id);
    return stamp && row.sentMs !== null && row.doneMs !== null
      ? [{ stamp, intendedMs: row.intendedMs, sentMs: row.sentMs, doneMs: row.doneMs }]
      : [];
  });
  if (pairs.length === 0) {
    report.identity.push('no request is in both logs');
    return report;
  }
  const impossible = pairs.filter((p) => p.sentMs > p.stamp.arrivalMs || p.doneMs < p.stamp.doneMs).length;
  if (impossible > 0)
    report.timing.push(`${impossible} requests arrived before they were sent or ended before their answer`);
  const excess = ascending(pairs.map((p) => p.doneMs - p.sentMs - (p.stamp.doneMs - p.stamp.arrivalMs)));
  report.figures.medianExcessMs = quantile(excess, 50);
  if (o.judgeExcess && report.figures.medianExcessMs > MEDIAN_EXCESS_LIMIT_MS) {
    report.timing.push(`the median request took ${report.figures.medianExcessMs} ms longer than the server says`);
  }
  const clientSpan = span(
    pairs.map((p) => p.sentMs),
    pairs.map((p) => p.doneMs),
  );
  const serverSpan = span(
    pairs.map((p) => p.stamp.arrivalMs),
    pairs.map((p) => p.stamp.doneMs),
  );
  report.figures.spanError = clientSpan / serverSpan - 1;
  if (Math.abs(report.figures.spanError) > SPAN_LIMIT) {
    report.timing.push(`the client saw ${clientSpan} ms pass, the server ${serverSpan} ms`);
  }
  return report;
}

function checkIdentity(
  { identity }: TruthReport,
  segment: SegmentResult,
  stamps: Stamp[],
  byId: Map<string, Stamp>,
  seconds: number,
): void {
  const ids = (segment.log ?? []).map((row) => row.id);
  const known = new Set(ids);
  if (byId.size !== stamps.length) identity.push(`the server was asked ${stamps.length - byId.size} ids twice`);
  if (known.size !== ids.length) identity.push(`the client logged ${ids.length - known.size} ids twice`);
  const unlogged = stamps.filter((stamp) => !known.has(stamp.id)).length;
  if (unlogged > 0) identity.push(`the server answered ${unlogged} requests the client does not know`);
  const unsent = ids.filter((id) => !byId.has(id)).length;
  if (unsent > 0) identity.push(`the client claims ${unsent} requests the server never saw`);
  if (segment.requests !== stamps.length) {
    identity.push(`the client counts ${segment.requests} requests, the server ${stamps.length}`);
  }
  const { shape } = segment;
  if (shape.kind === 'constant' && segment.requests !== Math.ceil(shape.ratePerSecond * seconds)) {
    identity.push(`${segment.requests} requests instead of the ${Math.ceil(shape.ratePerSecond * seconds)} intended`);
  }
}

/** Compares the reported percentiles with those from the intended time to the server's own completion stamp. */
export function comparePercentiles(report: TruthReport, segment: SegmentResult, { stamps }: ServerLog): TruthReport {
  const doneById = new Map(stamps.map((stamp) => [stamp.id, stamp.doneMs]));
  const truth = ascending(
    (segment.log ?? []).flatMap((row) => (doneById.has(row.id) ? [doneById.get(row.id)! - row.intendedMs] : [])),
  );
  const latency = Histogram.decode(segment.latency);
  for (const p of [50, 95, 99]) {
    const reported = latency.percentile(p);
    const error = reported === null ? Number.NaN : reported / quantile(truth, p) - 1;
    report.figures[`p${p}Error`] = error;
    if (!(Math.abs(error) <= PERCENTILE_LIMIT)) {
      report.timing.push(`p${p} is ${reported} ms, by the stamps ${quantile(truth, p)} ms`);
    }
  }
  return report;
}
