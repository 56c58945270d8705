/** The parts of a load whose rate changes, each as a stair of its own: what the objective and the capacity are judged by. */
import type { PartResult, SegmentResult } from '../load/job.ts';
import { type Part, partsOf } from '../load/parts.ts';
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

/** How the generator fared is known of the whole alone; the server's counters are, too, and are not the part's. */
function windowOf({ parts: _, ...whole }: SegmentResult, part: Part, counts: PartResult): SegmentResult[] {
  return part.shape === null || counts.durationS <= 0 ? [] : [{ ...whole, ...counts, shape: part.shape, server: null }];
}
