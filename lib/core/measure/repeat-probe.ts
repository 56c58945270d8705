/**
 * Is an answer quicker the second time? Before the load, inputs that were never sent before are each sent twice in a row, alone.
 * Their shapes are those of inputs that were sent already, so that a model compiled for each shape is not taken for a cache.
 */
import * as z from 'zod';
import type { SegmentResult } from '../load/job.ts';

export const repeatProbeSchema = z.strictObject({
  /** Milliseconds from the write to the last byte, for each input that was answered both times. */
  pairs: z.array(z.strictObject({ firstMs: z.number().nonnegative(), againMs: z.number().nonnegative() })),
});
export type RepeatProbe = z.infer<typeof repeatProbeSchema>;

/** @param result of a `once` segment whose bodies stand in pairs of the same, with its request log; null without a log. */
export function repeatProbeOf({ log }: Pick<SegmentResult, 'log'>): RepeatProbe | null {
  if (log === null) return null;
  const tookMs = new Map(
    log.flatMap(({ variant, outcome, sentMs, doneMs }) =>
      outcome === 'ok' && sentMs !== null && doneMs !== null ? [[variant, doneMs - sentMs] as const] : [],
    ),
  );
  const pairs = [...tookMs].flatMap(([variant, firstMs]) => {
    const againMs = variant % 2 === 0 ? tookMs.get(variant + 1) : undefined;
    return againMs === undefined ? [] : [{ firstMs, againMs }];
  });
  return { pairs };
}
