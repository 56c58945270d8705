/** The server was still changing while it was measured, so that another minute would have given another figure. */
import { isVaried } from '../../load/parts.ts';
import { batchMeans, mean } from '../batch-means.ts';
import { burstsIn, FEW_BURSTS } from '../bursts.ts';
import { median } from '../median.ts';
import { mser5 } from '../mser5.ts';
import { seriesOf } from '../throughput.ts';
import type { Rule, StairEvidence } from './evidence.ts';

/** Whole seconds that one window needs before MSER-5 is asked: six batches of five. */
export const MIN_SERIES_SECONDS = 30;
/** MSER-5 alone cries wolf on short flat series; the cut part must also differ by this much. */
export const MIN_WARMUP_CHANGE = 0.1;
/** A few bursts are of no account while the limits of the rate are as near as this. */
export const MIN_BURST_LIMIT = 0.1;
/** Windows that drift needs: of six unordered ones, three lie wholly above the others in one case of ten. */
export const MIN_DRIFT_WINDOWS = 6;
/** Change of the median rate from the first half of the windows to the second; contended hosts move by 15 % without cause. */
export const MIN_DRIFT = 0.25;
/** Share of the stairs that must agree. */
export const MIN_STAIR_SHARE = 0.5;

export const unsteady: Rule = ({ stairs, parts }) => {
  // What rises by itself tells nothing of the server.
  const steady = (parts ?? stairs).filter(({ stair }) => !isVaried(stair.shape));
  const found = steady.flatMap((s) => warmingUp(s) ?? drifting(s) ?? bursting(s) ?? []);
  if (found.length === 0 || found.length < MIN_STAIR_SHARE * steady.length) return null;
  return { code: 'unsteady', detail: found[0]! };
};

function warmingUp({ stair }: StairEvidence): string | null {
  for (const window of stair.seconds) {
    const series = window.map((s) => s.good);
    const cut = series.length >= MIN_SERIES_SECONDS ? mser5(series) : null;
    if (cut === null || cut.steady) continue;
    const settled = mean(series.slice(cut.drop));
    const head = mean(series.slice(0, cut.drop));
    if (Math.abs(head - settled) > MIN_WARMUP_CHANGE * settled) {
      return `${stair.id}: the rate was still settling after ${cut.drop} s (MSER-5)`;
    }
  }
  return null;
}

function drifting({ stair }: StairEvidence): string | null {
  const rates = stair.windowRates;
  if (rates.length < MIN_DRIFT_WINDOWS) return null;
  const half = Math.floor(rates.length / 2);
  const early = rates.slice(0, half);
  const late = rates.slice(-half);
  const apart = Math.max(...early) < Math.min(...late) || Math.min(...early) > Math.max(...late);
  const before = median(early)!;
  const after = median(late)!;
  if (!apart || Math.abs(after - before) <= MIN_DRIFT * Math.max(before, after)) return null;
  return `${stair.id}: the rate moved from ${before.toFixed(1)} to ${after.toFixed(1)} per second between the windows`;
}

/** Another series may hold one burst more, or none: the rate is then not what this one says. */
function bursting({ stair }: StairEvidence): string | null {
  const series = seriesOf([stair]);
  const bursts = burstsIn(series);
  const interval = batchMeans(series);
  if (bursts === null || interval === null || bursts >= FEW_BURSTS) return null;
  // A rate is never negative.
  const below = 1 - Math.max(0, interval.low) / interval.mean;
  const above = interval.high / interval.mean - 1;
  if (Math.max(below, above) <= MIN_BURST_LIMIT) return null;
  const limits = `may be ${percent(below)} lower or ${percent(above)} higher`;
  return `${stair.id}: the rate rests on fewer than three bursts or stalls and ${limits}; a longer load would tell`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
