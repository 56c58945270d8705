/** One stair's windows become one row: counts add, histograms add, and nothing that is already a percentile is averaged. */
import { type EncodedHistogram, type Histogram, mergeHistograms } from '../load/histogram.ts';
import type { ErrorClass, ErrorCounts, Second, SegmentResult, ServerCounters } from '../load/job.ts';
import type { StairMeasurement } from './measurement.ts';
import { median } from './median.ts';
import { type StairUtilisation, summariseUtilisation, utilisationOf } from './utilisation.ts';

/**
 * @param windows results of one deployment on one stair, in the order they ran.
 * @param dropSeconds head of each window that loaded the server but was not measured.
 * @throws RangeError when there is no window.
 */
export function mergeStair(id: string, windows: readonly SegmentResult[], dropSeconds: number): StairMeasurement {
  const first = windows[0];
  if (first === undefined) throw new RangeError(`stair ${id} has no window`);
  const sum = (of: (w: SegmentResult) => number) => windows.reduce((total, w) => total + of(w), 0);
  const durationS = sum((w) => w.durationS);
  const server = serverDelta(windows, dropSeconds);
  const utilisation = utilisationOf(windows, dropSeconds);
  return {
    id,
    shape: first.shape,
    windows: windows.length,
    durationS,
    requests: sum((w) => w.requests),
    good: sum((w) => w.good),
    errors: mergeErrors(windows.map((w) => w.errors)),
    completedInWindow: sum((w) => w.completedInWindow),
    windowRates: windows.map((w) => (w.durationS > 0 ? w.completedInWindow / w.durationS : 0)),
    latency: merged(windows.map((w) => w.latency)),
    serviceTime: merged(windows.map((w) => w.serviceTime)),
    scheduleError: merged(windows.map((w) => w.scheduleError)),
    seconds: windows.map((w) => measuredSeconds(w, dropSeconds)),
    split: splitOf(server, mergeHistograms(windows.map((w) => w.serviceTime))),
    meanBatch: server === null ? null : ratio(server.inferenceCount, server.executionCount),
    transfer: transferOf(windows, server),
    serverCpuUtilisation: cpuOf(server, utilisation),
    serverRssMib: lastKnown(windows.map((w) => w.server?.after.rssMib ?? null)),
    utilisation,
    client: mergeClient(windows, durationS),
  };
}

/** Rows of the generator reach from the dropped head to the drain; only those wholly inside the measured part are kept. */
function measuredSeconds({ seconds, durationS }: SegmentResult, dropSeconds: number): Second[] {
  return seconds.filter((s) => s.second >= dropSeconds && s.second + 1 <= dropSeconds + durationS + CLOCK_DUST);
}

/** A measured part may end a hair early by the clock: 1.9999 s are two seconds. */
const CLOCK_DUST = 0.001;

function merged(parts: readonly EncodedHistogram[]): EncodedHistogram {
  return mergeHistograms(parts).encode();
}

export function mergeErrors(parts: readonly ErrorCounts[]): ErrorCounts {
  const all: ErrorCounts = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part) as [ErrorClass, number][]) all[name] = (all[name] ?? 0) + count;
  }
  return all;
}

type Delta = Omit<ServerCounters, 'pid' | 'rssMib'> & { wallSeconds: number };

/**
 * Growth of the counters over the windows that have them; null when none has. Unless they say otherwise they were read around
 * the whole window, its dropped head included. A restarted server counts from zero again: such a window tells nothing.
 */
function serverDelta(windows: readonly SegmentResult[], dropSeconds: number): Delta | null {
  const told = windows.flatMap(({ server, durationS }) =>
    server !== null && server.after.pid === server.before.pid
      ? [{ ...server, wallSeconds: server.seconds ?? durationS + dropSeconds }]
      : [],
  );
  if (told.length === 0) return null;
  const grown = (of: (c: ServerCounters) => number) => told.reduce((sum, w) => sum + of(w.after) - of(w.before), 0);
  const cpuKnown = told.every((w) => w.before.cpuSeconds !== null && w.after.cpuSeconds !== null);
  return {
    inferenceCount: grown((c) => c.inferenceCount),
    executionCount: grown((c) => c.executionCount),
    successCount: grown((c) => c.successCount),
    successNs: grown((c) => c.successNs),
    queueNs: grown((c) => c.queueNs),
    computeNs: grown((c) => c.computeNs),
    cpuSeconds: cpuKnown ? grown((c) => c.cpuSeconds ?? 0) : null,
    ...(told.every((w) => w.after.receiveNs !== undefined) ? { receiveNs: grown((c) => c.receiveNs ?? 0) } : {}),
    wallSeconds: told.reduce((sum, w) => sum + w.wallSeconds, 0),
  };
}

const NS_PER_MS = 1e6;

/** Mean milliseconds per request; what the client saw beyond the server's own time is overhead, never less than nothing. */
function splitOf(server: Delta | null, serviceTime: Histogram): StairMeasurement['split'] {
  if (server === null || server.successCount <= 0) return { queueMs: null, computeMs: null, overheadMs: null };
  const perRequest = (ns: number) => ns / server.successCount / NS_PER_MS;
  const client = serviceTime.meanMs;
  return {
    queueMs: perRequest(server.queueNs),
    computeMs: perRequest(server.computeNs),
    overheadMs: client === null ? null : Math.max(0, client - perRequest(server.successNs)),
  };
}

function transferOf(windows: readonly SegmentResult[], server: Delta | null): StairMeasurement['transfer'] {
  const replies = windows.flatMap((w) => (w.replyMs === undefined ? [] : [{ ms: w.replyMs, good: w.good }]));
  const total = (of: (w: { ms: number; good: number }) => number) => replies.reduce((sum, w) => sum + of(w), 0);
  return {
    requestMs: server?.receiveNs === undefined ? null : ratio(server.receiveNs / NS_PER_MS, server.successCount),
    replyMs: ratio(
      total((w) => w.ms),
      total((w) => w.good),
    ),
  };
}

/** By the counters of the server's one process; where several serve, by what was seen of all of them. */
function cpuOf(server: Delta | null, utilisation: StairUtilisation | null): number | null {
  if (server?.cpuSeconds != null) return ratio(server.cpuSeconds, server.wallSeconds);
  return summariseUtilisation([utilisation])?.cpuCores?.mean ?? null;
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

function lastKnown(values: readonly (number | null)[]): number | null {
  return values.findLast((v) => v !== null) ?? null;
}

/** A p99 cannot be merged: the median window stands for the stair, so that one stall of the host does not. */
function mergeClient(windows: readonly SegmentResult[], durationS: number): StairMeasurement['client'] {
  const cpuSeconds = windows.reduce((sum, w) => sum + w.client.cpuSeconds, 0);
  const waits = windows.flatMap((w) => (w.client.runQueueWaitSeconds === null ? [] : [w.client.runQueueWaitSeconds]));
  return {
    cpuSeconds,
    utilisation: ratio(cpuSeconds, durationS) ?? 0,
    eventLoopLagMs: {
      p99: median(windows.map((w) => w.client.eventLoopLagMs.p99)) ?? 0,
      max: Math.max(...windows.map((w) => w.client.eventLoopLagMs.max)),
    },
    runQueueWaitSeconds: waits.length === windows.length ? waits.reduce((sum, s) => sum + s, 0) : null,
  };
}
