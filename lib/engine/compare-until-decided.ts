/**
 * Two endpoints in short windows, by turns, until it is sure which one is faster or the time is spent. Each window is paired
 * with its neighbour, so that what the host does to both leaves their ratio alone; the order turns round from pair to pair, so
 * that a drift favours neither.
 */
import { Histogram } from '../core/load/histogram.ts';
import type { Endpoint, LoadJob, SegmentResult, Shape } from '../core/load/job.ts';
import { isOpen } from '../core/load/shape.ts';
import { type PairedVerdict, pairedVerdict } from '../core/measure/paired-verdict.ts';

const sides = ['first', 'second'] as const;
type Side = (typeof sides)[number];

/** Between two looks: A B B A, then B A A B. */
export const ORDERS: readonly (readonly Side[])[] = [
  ['first', 'second', 'second', 'first'],
  ['second', 'first', 'first', 'second'],
];
export const WINDOWS_BETWEEN_LOOKS = 4;

export interface Contest {
  /** What both jobs share; its endpoints, segments and seed are made here. */
  job: Omit<LoadJob, 'endpoints' | 'segments'>;
  first: Endpoint;
  second: Endpoint;
  shape: Shape;
  /** Of each window, its dropped head included. */
  windowSeconds: number;
  dropSeconds: number;
  /** Seconds of load at most, on both together. */
  budgetSeconds: number;
}

export interface Outcome {
  /** `undecided`: the time was spent first, or an endpoint gave no good answers in a window. */
  winner: Side | 'tie' | 'undecided';
  /** What the ratio is of: higher is faster for both. */
  basis: 'throughput' | 'inverse median latency';
  ratio: PairedVerdict['ratio'];
  interval: PairedVerdict['interval'];
  pairs: number;
  windows: Record<Side, SegmentResult[]>;
}

/**
 * @param run drives one job to its end.
 * @throws RangeError when the budget does not hold the windows of one look.
 */
export async function compareUntilDecided(
  contest: Contest,
  run: (job: LoadJob) => Promise<readonly SegmentResult[]>,
): Promise<Outcome> {
  const looks = Math.floor(contest.budgetSeconds / (contest.windowSeconds * WINDOWS_BETWEEN_LOOKS) + 1e-9);
  if (looks < 1) throw new RangeError(`${contest.budgetSeconds} s hold no ${WINDOWS_BETWEEN_LOOKS} windows`);
  const basis = isOpen(contest.shape) ? 'inverse median latency' : 'throughput';
  const windows: Outcome['windows'] = { first: [], second: [] };
  const ratios: number[] = [];
  const outcome = (winner: Outcome['winner']): Outcome => {
    const { ratio, interval } = pairedVerdict(ratios);
    return { winner, basis, ratio, interval, pairs: ratios.length, windows };
  };
  for (let look = 0; look < looks; look++) {
    const order = ORDERS[look % ORDERS.length]!;
    const segments = await run(jobOf(contest, look, order));
    for (const [i, segment] of segments.entries()) windows[order[i]!].push(segment);
    for (let i = 0; i + 1 < order.length; i += 2) {
      const pair = { [order[i]!]: segments[i], [order[i + 1]!]: segments[i + 1] };
      const [first, second] = sides.map((side) => speedOf(pair[side], basis));
      if (first == null || second == null) return outcome('undecided');
      ratios.push(first / second);
    }
    const { winner } = pairedVerdict(ratios);
    if (winner !== 'open') return outcome(winner);
  }
  return outcome('undecided');
}

function jobOf(contest: Contest, look: number, order: readonly Side[]): LoadJob {
  const { job, first, second, shape, windowSeconds, dropSeconds } = contest;
  return {
    ...job,
    id: `${job.id}-${look}`,
    seed: job.seed + look,
    endpoints: { first, second },
    segments: order.map((endpoint, i) => ({
      id: `${look}/${i}/${endpoint}`,
      endpoint,
      shape,
      seconds: windowSeconds,
      dropSeconds,
    })),
  };
}

/** An open loop sends what it is told to: there the answers' time is what differs. null where there is no such figure. */
function speedOf(window: SegmentResult | undefined, basis: Outcome['basis']): number | null {
  if (window === undefined || window.durationS <= 0 || window.completedInWindow === 0) return null;
  if (basis === 'throughput') return window.completedInWindow / window.durationS;
  const p50 = Histogram.decode(window.latency).percentile(50);
  return p50 === null || p50 <= 0 ? null : 1 / p50;
}
