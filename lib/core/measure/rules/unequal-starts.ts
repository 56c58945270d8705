/** Generators of one load did not begin together: until the last one had, less was sent than the shape says. */
import { median } from '../median.ts';
import { LAG_FLOOR_MS } from './client-lag.ts';
import type { Rule } from './evidence.ts';

/** Of the measured part: at 5 % the first twentieth lacks a generator, which is the size of the effects that are told apart. */
export const MAX_START_SHARE = 0.05;

/** By the generators' own clocks, or by how late the last was for their common moment, whichever says more. */
export const unequalStarts: Rule = ({ stairs }) => {
  for (const { stair, windows } of stairs) {
    const shared = windows.flatMap(({ shares, lateMs = 0, durationS }) =>
      shares === undefined || durationS <= 0 ? [] : [{ apartMs: Math.max(shares.startSpreadMs, lateMs), durationS }],
    );
    const share = median(shared.map(({ apartMs, durationS }) => apartMs / (durationS * 1000)));
    const apartMs = median(shared.map((w) => w.apartMs));
    if (share === null || apartMs === null || share <= MAX_START_SHARE || apartMs <= LAG_FLOOR_MS) continue;
    const detail = `${stair.id}: generators began ${apartMs.toFixed(0)} ms apart, ${Math.round(share * 100)} % of what was measured`;
    return { code: 'client-lag', detail };
  }
  return null;
};
