/** Answers came out of a cache: traffic that repeats itself less than the inputs of the experiment would get another figure. */
import type { RepeatProbe } from '../repeat-probe.ts';
import type { Rule } from './evidence.ts';
import { serverGrowth } from './server-growth.ts';

/** Of the good requests: below it a cache moves the figure by no more than the effects that are told apart. */
export const MAX_CACHED_SHARE = 0.05;
/** Pairs of a first and a second sending that must be there. */
export const MIN_PAIRS = 4;
/**
 * How much slower the first sending of a payload is than the second. The shape is warm and nobody else asks, so without a cache
 * this is one; measured on a contended host, single pairs reach two.
 */
export const MIN_FIRST_OVER_AGAIN = 3;
/** Below this difference the host's own jitter is as large. */
export const MIN_SAVED_MS = 1;

const FIX = 'turn the cache off, or give as many different inputs as the real traffic has';

export const cacheHit: Rule = ({ stairs, repeats }) => {
  const detail =
    told(
      serverGrowth(stairs, (c) => c.computedCount),
      stairs,
    ) ?? timed(repeats);
  return detail === null ? null : { code: 'cache-hit', detail: `${detail}; ${FIX}` };
};

/** By the server's own counts: what succeeded without having been computed. */
function told(computed: number | null, stairs: Parameters<typeof serverGrowth>[0]): string | null {
  if (computed === null) return null;
  const good = serverGrowth(stairs, (c) => (c.computedCount === undefined ? undefined : c.successCount))!;
  if (good <= 0 || good - computed <= MAX_CACHED_SHARE * good) return null;
  return `the server answered ${good} requests and computed ${computed} of them`;
}

/** By its times: all pairs but one must say so, for one of them may have met a stall. */
function timed(repeats: RepeatProbe | null): string | null {
  if (repeats === null || repeats.pairs.length < MIN_PAIRS) return null;
  const saved = repeats.pairs.filter(
    ({ firstMs, againMs }) => firstMs >= MIN_FIRST_OVER_AGAIN * againMs && firstMs - againMs >= MIN_SAVED_MS,
  );
  if (saved.length < repeats.pairs.length - 1) return null;
  const { firstMs, againMs } = saved[0]!;
  return `inputs never sent before took ${firstMs.toPrecision(2)} ms, and ${againMs.toPrecision(2)} ms when sent again`;
}
