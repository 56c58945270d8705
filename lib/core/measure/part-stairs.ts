/** The parts of a load whose rate changes, each as a stair of its own: what the objective and the capacity are judged by. */
import type { PartResult, SegmentResult } from '../load/job.ts';
import { type Part, partsOf } from '../load/parts.ts';
import type { SegmentUtilisation } from '../load/utilisation.ts';
import { mergeStair } from './merge-stair.ts';
import type { StairEvidence } from './rules/evidence.ts';

/**
 * Ascending by the offered rate, since that is how stairs stand; what offers nothing or was not reached is left out.
 * @param windows of one stair, in the order they ran
 */
export function partStairs(windows: readonly SegmentResult[]): StairEvidence[] {
  const [first] = windows;
  if (first === undefined) return [];
  return partsOf(first.shape)
    .map((part, i) => ({ part, own: windows.flatMap((w) => (w.parts?.[i] ? windowOf(w, part, w.parts[i]) : [])) }))
    .filter(({ own }) => own.length > 0)
    .sort((a, b) => a.part.ratePerSecond - b.part.ratePerSecond || a.part.startSeconds - b.part.startSeconds)
    .map(({ part, own }) => ({ stair: mergeStair(part.id, own, 0), windows: own }));
}

/**
 * How many of a part's requests the server must have ended in the part's own time, and how many of those that it ended then must
 * be the part's: with fewer, its counters tell of other requests.
 */
const MIN_COMMON = 0.9;

function windowOf(whole: SegmentResult, part: Part, counts: PartResult): SegmentResult[] {
  if (part.shape === null || counts.durationS <= 0) return [];
  const { parts: _, replyMs: __, utilisation, ...rest } = whole;
  return [
    {
      ...rest,
      ...counts,
      shape: part.shape,
      client: clientOf(whole, counts),
      server: isOfItsOwn(whole, counts) ? counts.server! : null,
      ...(utilisation === undefined ? {} : { utilisation: since(utilisation, part.startSeconds) }),
    },
  ];
}

/** The lag of its loop is known of the whole alone; so is the rest where nobody looked, and then the part was as busy. */
function clientOf({ client, durationS }: SegmentResult, counts: PartResult): SegmentResult['client'] {
  if (counts.client !== undefined) {
    return { ...client, ...counts.client, utilisation: counts.client.cpuSeconds / counts.durationS };
  }
  const share = counts.durationS / durationS;
  const { cpuSeconds, runQueueWaitSeconds: wait } = client;
  return { ...client, cpuSeconds: cpuSeconds * share, runQueueWaitSeconds: wait === null ? null : wait * share };
}

/** By how often this server counts one request, which a chain of models does more than once: the whole tells. */
function isOfItsOwn({ server: whole, good }: SegmentResult, counts: PartResult): boolean {
  if (whole === null || counts.server === undefined) return false;
  const ended = (grown(counts.server) / grown(whole)) * good;
  const { completedInWindow } = counts;
  return Math.min(completedInWindow, ended) >= MIN_COMMON * Math.max(counts.good, ended);
}

/** NaN where it was another process, which compares with nothing. */
function grown({ before, after }: NonNullable<SegmentResult['server']>): number {
  return before.pid === after.pid ? after.successCount - before.successCount : Number.NaN;
}

function since({ capacity, seconds }: SegmentUtilisation, startSeconds: number): SegmentUtilisation {
  const own = seconds.filter(({ endS, periodS }) => endS - periodS >= startSeconds);
  return { capacity, seconds: own.map((s) => ({ ...s, endS: Number((s.endS - startSeconds).toFixed(3)) })) };
}
