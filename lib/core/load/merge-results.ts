/**
 * One result of the results of all shares of one job.
 *
 * What the merged result keeps of the whole, and what it does not:
 * - open shapes: the shares' schedules are disjoint and together exactly the schedule of a single generator of the same seed,
 *   so the number of requests is the same whenever all begin together and none ends early;
 * - user shapes: the users of all shares add up to the users of the shape at every moment;
 * - histograms are vectors of counts and add exactly: the merged one is that of all samples recorded into one;
 * - bodies are drawn by the same law, but not the same one for the same arrival, for each share has ids of its own.
 */
import { mergeHistograms } from './histogram.ts';
import {
  type ClientFacts,
  type ErrorCounts,
  errorClasses,
  type LoadResult,
  type PartResult,
  type Second,
  type SegmentResult,
} from './job.ts';

/** @throws RangeError when the results are not those of all shares of one job. */
export function mergeResults(results: readonly LoadResult[]): LoadResult {
  const [first] = results;
  if (first === undefined) throw new RangeError('no result to merge');
  const of = first.share?.of ?? 1;
  const indices = results.map((r) => r.share?.index ?? 0).sort((a, b) => a - b);
  const complete = results.length === of && indices.every((index, i) => index === i);
  if (!complete || results.some((r) => r.id !== first.id || (r.share?.of ?? 1) !== of)) {
    const found = results.map((r) => `${r.id} ${r.share?.index ?? 0}/${r.share?.of ?? 1}`).join(', ');
    throw new RangeError(`expected one result of each of ${of} shares of ${first.id}, got ${found}`);
  }
  return { schema: first.schema, id: first.id, segments: mergeSegments(results.map((r) => r.segments)) };
}

/** Segments in the order of the job. One that some share did not begin was stopped, whatever the others saw. */
export function mergeSegments(shares: readonly (readonly SegmentResult[])[]): SegmentResult[] {
  const length = Math.max(...shares.map((segments) => segments.length));
  return Array.from({ length }, (_, i) => {
    const parts = shares.flatMap((segments) => segments[i] ?? []);
    const merged = mergeSegment(parts);
    return parts.length < shares.length ? { ...merged, aborted: merged.aborted ?? 'stopped' } : merged;
  });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
/** The smallest of what some may lack, under its key; nothing where all lack it. */
function least<K extends string>(key: K, values: readonly (number | undefined)[]): { [k in K]?: number } {
  const known = values.filter((v) => v !== undefined);
  return known.length === 0 ? {} : ({ [key]: Math.min(...known) } as { [k in K]?: number });
}
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));

function mergeSegment(parts: readonly SegmentResult[]): SegmentResult {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  if (parts.some((p) => p.id !== first.id || JSON.stringify(p.shape) !== JSON.stringify(first.shape))) {
    throw new RangeError(`segments ${parts.map((p) => p.id).join(', ')} are not shares of one segment`);
  }
  const starts = parts.flatMap((p) => p.startedAtMs ?? []);
  // All asked the same server: the one that was told most.
  const usage = parts
    .flatMap((p) => p.utilisation ?? [])
    .reduce<SegmentResult['utilisation']>((a, b) => (a && a.seconds.length >= b.seconds.length ? a : b), undefined);
  const lates = parts.flatMap((p) => p.lateMs ?? []);
  return {
    id: first.id,
    endpoint: first.endpoint,
    shape: first.shape,
    ...mergeCounts(parts),
    connections: {
      opened: sum(parts.map((p) => p.connections.opened)),
      reconnects: sum(parts.map((p) => p.connections.reconnects)),
      ...least(
        'handshakeMs',
        parts.map((p) => p.connections.handshakeMs),
      ),
    },
    ...(first.parts === undefined ? {} : { parts: mergeParts(parts) }),
    client: mergeClients(parts.map((p) => p.client)),
    server: mergeServers(parts),
    ...(usage === undefined ? {} : { utilisation: usage }),
    ...(parts.some((p) => p.throttled) ? { throttled: sum(parts.map((p) => p.throttled ?? 0)) } : {}),
    golden: {
      checked: sum(parts.map((p) => p.golden.checked)),
      wrong: sum(parts.map((p) => p.golden.wrong)),
      firstMismatch: parts.find((p) => p.golden.firstMismatch !== null)?.golden.firstMismatch ?? null,
    },
    aborted: (['server-died', 'stopped'] as const).find((why) => parts.some((p) => p.aborted === why)) ?? null,
    ...(starts.length > 0 ? { startedAtMs: Math.min(...starts) } : {}),
    ...(lates.length > 0 ? { lateMs: most(lates) } : {}),
    shares: {
      count: sum(parts.map((p) => p.shares?.count ?? 1)),
      startSpreadMs: Math.max(
        starts.length > 0 ? most(starts) - Math.min(...starts) : 0,
        ...parts.map((p) => p.shares?.startSpreadMs ?? 0),
      ),
    },
    log: parts.every((p) => p.log !== null)
      ? parts.flatMap((p) => p.log!).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
      : null,
  };
}

type Counts = Omit<PartResult, 'client' | 'server'>;
type Counted = Counts & { startedAtMs?: number };

function mergeCounts(parts: readonly Counted[]): Counts {
  const replies = parts.flatMap((p) => p.replyMs ?? []);
  const all = (key: 'latency' | 'serviceTime' | 'scheduleError') => mergeHistograms(parts.map((p) => p[key])).encode();
  return {
    // The longest: what a share that ended early did not do must not make the rate of the others larger.
    durationS: most(parts.map((p) => p.durationS)),
    requests: sum(parts.map((p) => p.requests)),
    good: sum(parts.map((p) => p.good)),
    errors: mergeErrors(parts.map((p) => p.errors)),
    completedInWindow: sum(parts.map((p) => p.completedInWindow)),
    latency: all('latency'),
    serviceTime: all('serviceTime'),
    scheduleError: all('scheduleError'),
    seconds: mergeSeconds(parts),
    ...(replies.length > 0 ? { replyMs: sum(replies) } : {}),
  };
}

/** Part by part; the shares began together, or the whole says how far apart. */
function mergeParts(shares: readonly SegmentResult[]): PartResult[] {
  const length = most(shares.map(({ parts = [] }) => parts.length));
  return Array.from({ length }, (_, i) => {
    const own = shares.flatMap(({ parts = [], startedAtMs }) => (parts[i] ? [{ ...parts[i], startedAtMs }] : []));
    const clients = own.flatMap((p) => p.client ?? []);
    const server = own.find((p) => p.server !== undefined)?.server;
    return {
      ...mergeCounts(own),
      // What some of them spent is not what all did.
      ...(clients.length === own.length ? { client: mergeSpent(clients) } : {}),
      ...(server === undefined ? {} : { server }),
    };
  });
}

function mergeErrors(all: readonly ErrorCounts[]): ErrorCounts {
  return Object.fromEntries(
    errorClasses.flatMap((name) => {
      const count = sum(all.map((errors) => errors[name] ?? 0));
      return count > 0 ? [[name, count]] : [];
    }),
  );
}

/** Seconds since the earliest start; a share that began later is moved by as many whole seconds as come nearest. */
function mergeSeconds(parts: readonly Counted[]): Second[] {
  const rows: Second[] = [];
  const earliest = Math.min(...parts.map((p) => p.startedAtMs ?? 0));
  for (const part of parts) {
    const moved = Math.round(((part.startedAtMs ?? earliest) - earliest) / 1000);
    for (const { second, good, bad, latencySumMs } of part.seconds) {
      while (rows.length <= second + moved) rows.push({ second: rows.length, good: 0, bad: 0, latencySumMs: 0 });
      const row = rows[second + moved]!;
      row.good += good;
      row.bad += bad;
      row.latencySumMs += latencySumMs;
    }
  }
  return rows;
}

type Spent = Pick<ClientFacts, 'cpuSeconds' | 'runQueueWaitSeconds'>;

/** The worst of them, for one starved generator spoils the figures of all; CPU, which is a cost, adds up. */
function mergeSpent(clients: readonly Spent[]): Spent {
  const waits = clients.flatMap((c) => c.runQueueWaitSeconds ?? []);
  return {
    cpuSeconds: sum(clients.map((c) => c.cpuSeconds)),
    runQueueWaitSeconds: waits.length === 0 ? null : most(waits),
  };
}

function mergeClients(clients: readonly ClientFacts[]): ClientFacts {
  return {
    ...mergeSpent(clients),
    utilisation: most(clients.map((c) => c.utilisation)),
    eventLoopLagMs: {
      p99: most(clients.map((c) => c.eventLoopLagMs.p99)),
      max: most(clients.map((c) => c.eventLoopLagMs.max)),
    },
  };
}

/** All read the same cumulative counters: from the first reading before to the last after. */
function mergeServers(parts: readonly SegmentResult[]): SegmentResult['server'] {
  const seen = parts.flatMap((p) => p.server ?? []);
  if (seen.length === 0) return null;
  return {
    before: seen.map((s) => s.before).reduce((a, b) => (b.inferenceCount < a.inferenceCount ? b : a)),
    after: seen.map((s) => s.after).reduce((a, b) => (b.inferenceCount > a.inferenceCount ? b : a)),
    ...least(
      'readMs',
      seen.map((s) => s.readMs),
    ),
  };
}
