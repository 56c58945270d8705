/**
 * Do the intervals hold what they promise? `npm run bench:stats -- [--json] [--replications N] [--only TEXT]`
 *
 * Simulated series with a known truth and resamples of recorded ones, seeded: nothing here depends on the machine. A nominal
 * 95 % interval is to cover the truth in 93 to 97 % of series of 120 windows or more with a lag-1 correlation up to 0.5; a limit
 * at the boundary is to be passed falsely at most 5 % of the time, and nearly always when the server is 10 % better; equal servers
 * are to be told apart at most 5 %, looked at once or after every two pairs, whose ratios may be correlated by up to 0.5.
 *
 * Nothing is promised, and the share only shown, of sixty windows, and where bursts come three times in a series or less: one
 * series in twenty or more then holds none of them, and looks just like one of a server that has none. So a recording that itself
 * rests on so few (`bursts.ts`) is promised to be covered by resamples three times as long as it. Where bursts come more often, an
 * interval may cover more than 97 %: it is then longer than it had to be.
 */
import { Histogram } from '../lib/core/load/histogram.ts';
import { uniform } from '../lib/core/load/seeded-random.ts';
import { batchMeans, mean } from '../lib/core/measure/batch-means.ts';
import { burstsIn, FEW_BURSTS } from '../lib/core/measure/bursts.ts';
import { pairedLogRatio } from '../lib/core/measure/paired-ratio.ts';
import { percentileUpperMs } from '../lib/core/measure/percentile-limit.ts';
import { burstWindows, meanRate } from './burst-windows.ts';
import { recordedPairs, recordedWindows } from './recorded-windows.ts';
import { resample, resampleEquals } from './resample.ts';
import { winnerOf } from './winner-of.ts';

const option = (name: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const replications = Number(option('replications') ?? 10_000);
const seed = Number(option('seed') ?? 1);
/** Of the rows, those that say so. */
const only = option('only') ?? '';

/** Standard normal draws in order, by Box and Muller, from the kit's own seeded stream. */
function normals(stream: number): () => number {
  let index = 0;
  return () => {
    const radius = Math.sqrt(-2 * Math.log(uniform(stream, index++)));
    return radius * Math.cos(2 * Math.PI * uniform(stream, index++));
  };
}

/** Draws between 0 and 1, apart from those of normals. */
function chances(stream: number): () => number {
  let index = 0;
  return () => uniform(stream + 2 ** 40, index++);
}

type Limits = [number, number];

interface Row {
  what: string;
  share: number;
  /** What the share must keep to; null where it is only shown. */
  limits: Limits | null;
  /** Mean length of an interval, in shares of the truth; null where the row is of none. */
  length: number | null;
}

const COVERED: Limits = [0.93, 0.97];

/** A promise of 5 % is kept when the count lies within three standard errors of it. */
const FIVE_PERCENT: Limits = [0, 0.05 + 3 * Math.sqrt((0.05 * 0.95) / replications)];

const rows: Row[] = [];
let stream = seed * 1000;
function share(what: string, limits: Limits, trial: (draw: () => number) => boolean): void {
  const draw = normals(stream++);
  if (!what.includes(only)) return;
  let hits = 0;
  for (let i = 0; i < replications; i++) if (trial(draw)) hits++;
  rows.push({ what, share: hits / replications, limits, length: null });
}

/** How often the interval of a rate covers it. */
function cover(of: string, limits: Limits | null, truth: number, series: () => readonly number[]): void {
  const what = `95 % interval of throughput covers, ${of}`;
  if (!what.includes(only)) return;
  let hits = 0;
  let length = 0;
  for (let i = 0; i < replications; i++) {
    const { low, high } = batchMeans(series())!;
    if (low <= truth && truth <= high) hits++;
    length += (high - low) / truth / replications;
  }
  rows.push({ what, share: hits / replications, limits, length });
}

/** Windows of a run: mean 100, spread 10, correlated with their neighbour by `lag1`. */
function windows(draw: () => number, n: number, lag1: number): number[] {
  const series: number[] = [];
  let state = draw();
  for (let i = 0; i < n; i++) {
    series.push(100 + 10 * state);
    state = lag1 * state + Math.sqrt(1 - lag1 * lag1) * draw();
  }
  return series;
}

for (const lag1 of [-0.1, 0, 0.2, 0.5]) {
  for (const n of [120, 300]) {
    const draw = normals(stream++);
    cover(`${n} windows, lag-1 ${lag1}`, COVERED, 100, () => windows(draw, n, lag1));
  }
}

for (const { recording, what, good } of recordedWindows()) {
  const few = burstsIn(good)! < FEW_BURSTS;
  const promised = few ? FEW_BURSTS * good.length : 120;
  for (const n of few ? [60, 120, promised] : [60, promised]) {
    const first = stream++ * 1e6;
    let resamples = 0;
    const of = `${n} windows of ${what} (${recording})`;
    cover(of, n === promised ? COVERED : null, mean(good), () => resample(good, n, first + resamples++));
  }
}

for (const n of [120, 300]) {
  for (const perSeries of [1, 2, 3, 6, 12]) {
    for (const [lasting, by] of [
      [2, 0.25],
      [2, 2],
      [5, -0.5],
    ] as const) {
      const bursts = { perSeries, lasting, by };
      const [draw, chance] = [normals(stream), chances(stream++)];
      const of = `${n} windows with ${perSeries} bursts of ${lasting} by ${by > 0 ? '+' : ''}${100 * by} %`;
      const limits: Limits | null = perSeries > FEW_BURSTS ? [COVERED[0], 1] : null;
      cover(of, limits, meanRate(n, bursts), () => burstWindows(draw, chance, n, bursts));
    }
  }
}

const Z99 = 2.3263478740408408;
/** Upper 95 % limit of the p99 of 2,000 lognormal service times whose true p99 is 100 ms, against a limit. */
function passes(draw: () => number, cv: number, limitMs: number): boolean {
  const sigma = Math.sqrt(Math.log(1 + cv * cv));
  const histogram = new Histogram();
  for (let i = 0; i < 2000; i++) histogram.record(100 * Math.exp(sigma * (draw() - Z99)));
  const upper = percentileUpperMs(histogram, 99);
  return upper !== null && upper <= limitMs;
}
for (const cv of [0.1, 0.2, 0.3]) {
  // Where the limit lies inside a slot of the histogram must not matter.
  for (const scale of [1, 1.003, 1.006]) {
    share(`p99 at the limit passes, CV ${cv}, limit ${(100 * scale).toFixed(1)} ms`, FIVE_PERCENT, (draw) =>
      passes(() => draw() + Math.log(scale) / Math.sqrt(Math.log(1 + cv * cv)), cv, 100 * scale),
    );
  }
  share(`p99 at 0.9 of the limit passes, CV ${cv}`, [0.9, 1], (draw) => passes(draw, cv, 100 / 0.9));
}

for (const n of [10, 20]) {
  share(`equal servers are told apart, ${n} pairs of windows with a common drift`, FIVE_PERCENT, (draw) => {
    const drift = windows(draw, n, 0.9);
    const noisy = () => drift.map((d) => d * (1 + 0.05 * draw()));
    const interval = pairedLogRatio(noisy(), noisy());
    return interval !== null && (interval.low > 0 || interval.high < 0);
  });
}

/** The neighbours of a pair share the host's drift, which their ratio does not show: what is left is their own noise. */
const pairsOf = (draw: () => number, n: number, ratio: number, noise: number) =>
  Array.from({ length: n }, () => (ratio * (1 + noise * draw())) / (1 + noise * draw()));
for (const n of [10, 30, 150]) {
  share(`equal servers get a winner, up to ${n} pairs looked at every two`, FIVE_PERCENT, (draw) => {
    return winnerOf(pairsOf(draw, n, 1, 0.05)) !== null;
  });
}
/** Ratios around 1 that scatter by a fifteenth and resemble their predecessors. */
const correlated = (draw: () => number, n: number, lag1: number) =>
  windows(draw, n, lag1).map((w) => Math.exp((w - 100) / 150));
for (const lag1 of [-0.3, 0.1, 0.2, 0.3, 0.5]) {
  for (const n of lag1 === 0.5 ? [10, 60, 150] : [60]) {
    share(
      `equal servers get a winner, up to ${n} pairs whose ratios are correlated by ${lag1}`,
      FIVE_PERCENT,
      (draw) => {
        return winnerOf(correlated(draw, n, lag1)) !== null;
      },
    );
  }
}
for (const { recording, what, good } of recordedPairs()) {
  let resamples = 0;
  const from = stream * 1e6;
  share(`equal servers get a winner, up to 60 pairs of ${what} (${recording})`, FIVE_PERCENT, () => {
    return winnerOf(resampleEquals(good, 60, from + resamples++)) !== null;
  });
  // The noise of those two that `bench:paired` tells apart.
  if (recording !== 'clocked') continue;
  share(`the better of two 10 % apart is named within 10 pairs, noise of ${what} (${recording})`, [0.9, 1], () => {
    return winnerOf(resampleEquals(good, 10, from + resamples++).map((r) => 1.1 * r)) === 'first';
  });
}
// Real servers that are timed by a clock scatter by about 1 %: see the recorded pairs.
for (const noise of [0.01, 0.02]) {
  share(
    `the better of two 10 % apart is named within 10 pairs, windows with ${100 * noise} % noise`,
    [0.9, 1],
    (draw) => {
      return winnerOf(pairsOf(draw, 10, 1.1, noise)) === 'first';
    },
  );
}
share('the better of two 10 % apart is named within 20 pairs, windows with 3 % noise', [0.9, 1], (draw) => {
  return winnerOf(pairsOf(draw, 20, 1.1, 0.03)) === 'first';
});
share('the worse of two 10 % apart is named', [0, 0.01], (draw) => {
  return winnerOf(pairsOf(draw, 10, 1.1, 0.05)) === 'second';
});

const held = ({ share: s, limits }: Row) => limits === null || (s >= limits[0] && s <= limits[1]);
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ replications, seed, rows: rows.map((r) => ({ ...r, held: held(r) })) }));
} else {
  const percent = (v: number, digits: number) => (100 * v).toFixed(digits);
  for (const r of rows) {
    const mark = r.limits === null ? 'shown' : held(r) ? 'ok' : 'MISS';
    const limits = r.limits === null ? '' : `(${percent(r.limits[0], 1)} to ${percent(r.limits[1], 1)})`;
    const length = r.length === null ? '' : `; ± ${percent(r.length / 2, 2)} %`;
    console.log(`${mark.padEnd(5)} ${percent(r.share, 2).padStart(6)} %  ${limits.padEnd(14)}  ${r.what}${length}`);
  }
}
process.exitCode = rows.every(held) ? 0 : 1;
