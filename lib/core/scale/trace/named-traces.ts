/**
 * Synthetic days with the shapes of public traces, scaled to an experiment's demand. Only ratios are taken from them:
 * Azure LLM inference 2023 (CC-BY 4.0) and WorldCup98 per minute (free use with notice).
 */
import { MINUTE_S, type Trace } from './trace.ts';
import { twoRates } from './two-rates.ts';

export interface TraceDemand {
  /** Requests per minute: typical, quiet, busiest. */
  requestsPerMinute: number;
  low: number;
  peak: number;
}

type Make = (demand: TraceDemand, seed: number) => { stepS: number; requests: number[] };

const DAY = 24 * 60;
const minutes = (n: number, of: (minute: number) => number) => ({
  stepS: MINUTE_S,
  requests: Array.from({ length: n }, (_, m) => of(m)),
});

/** Hourly maximum over minimum: 2.5, the median day of WorldCup98. */
const diurnal: Make = ({ peak }) => {
  const low = peak / 2.5;
  return minutes(DAY, (m) => low + ((peak - low) * (1 - Math.cos((2 * Math.PI * m) / DAY))) / 2);
};

/** Twice the load in three minutes; the busiest minute is six times the day's mean (WorldCup98: p90 5.2, up to 35). */
const matchDay: Make = ({ peak }) => {
  const quiet = peak / 12;
  return minutes(DAY, (m) => {
    // Kick-off at 18:00 for two hours, after an hour at half the peak; two earlier matches of a quarter.
    if (m >= 1080 && m < 1083) return (peak / 2) * 2 ** ((m - 1080) / 3);
    if (m >= 1083 && m < 1200) return peak * (1 - (0.25 * (m - 1083)) / 117);
    if (m >= 1020 && m < 1080) return quiet * 2 ** ((Math.log2(6) * (m - 1020)) / 60);
    if (m >= 1200 && m < 1320) return quiet + (0.75 * peak - quiet) * 0.5 ** ((m - 1200) / 15);
    return quiet;
  });
};

/** Four square bursts of three times the load in four hours, 30 quiet minutes before each. */
const bursts =
  (seconds: number): Make =>
  ({ peak }) => {
    const stepS = seconds % MINUTE_S === 0 ? MINUTE_S : 30;
    const every = Math.max(3600, 2 * seconds);
    return {
      stepS,
      requests: Array.from({ length: (4 * every) / stepS }, (_, i) => {
        const into = ((i * stepS) % every) - 1800;
        return ((into >= 0 && into < seconds ? peak : peak / 3) * stepS) / MINUTE_S;
      }),
    };
  };

/** Azure LLM 2023 conversations: gaps with CV 1.09, index of dispersion 16 a minute at 5.5 a second. */
const conversations: Make = ({ requestsPerMinute }, seed) => {
  const mean = requestsPerMinute / MINUTE_S;
  // The slow part of the dispersion is what scaling sees: one standard deviation is a quarter of the mean.
  return {
    stepS: 1,
    requests: twoRates({ high: 1.25 * mean, low: 0.75 * mean, highS: 150, lowS: 150 }, 4 * 3600, seed),
  };
};

/** Azure LLM 2023 code: silence, then 20 times the mean for two seconds. Gaps with CV 13 at 2.6 a second. */
const clumped: Make = ({ requestsPerMinute }, seed) => ({
  stepS: 1,
  requests: twoRates({ high: (20 * requestsPerMinute) / MINUTE_S, low: 0, highS: 1.8, lowS: 34.2 }, 4 * 3600, seed),
});

/** 40 minutes without a request, then the full load: what zero traffic does to scale-in. */
const silence: Make = ({ requestsPerMinute, peak }) =>
  minutes(180, (m) => (m < 30 || m >= 140 ? requestsPerMinute : m < 70 ? 0 : m < 100 ? peak : requestsPerMinute));

/** From the quiet to the busiest rate, evenly over a week. */
const growth: Make = ({ low, peak }) => minutes(7 * DAY, (m) => low + ((peak - low) * m) / (7 * DAY - 1));

const makers = {
  diurnal,
  'match-day': matchDay,
  'bursts-30s': bursts(30),
  'bursts-90s': bursts(90),
  'bursts-3m': bursts(180),
  'bursts-10m': bursts(600),
  'bursts-30m': bursts(1800),
  conversations,
  clumped,
  'silence-then-burst': silence,
  'weekly-growth': growth,
} satisfies Record<string, Make>;

export type TraceName = keyof typeof makers;
export const traceNames = Object.keys(makers) as TraceName[];

export function isTraceName(name: string): name is TraceName {
  return Object.hasOwn(makers, name);
}

/** The peak of a shape is the demand's peak, so that the largest fleet is what it is sized for; stationary ones keep the mean. */
export function namedTrace(name: TraceName, demand: TraceDemand, seed: number): Trace {
  return { name, ...makers[name](demand, seed) };
}
