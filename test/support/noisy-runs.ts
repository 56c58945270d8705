/** Runs whose truth is known: a rate and a latency under noise that remembers (AR(1)), on deployments that differ. */
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Configuration } from '../../lib/core/plan/plan.ts';
import type { Demand } from '../../lib/core/recommend/goal.ts';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import { normal, stream } from '../../lib/core/scale/draws.ts';
import { configurationOf, flat, measurementOf } from './measurements.ts';

export interface NoisyRun {
  seed: number;
  ratePerSecond: number;
  /** Median latency of a request. */
  latencyMs?: number;
  /** Seconds measured on each deployment. */
  seconds: number;
  deployments?: number;
  /** Standard deviation of one second's rate, of its mean. */
  cv: number;
  /** Correlation of neighbouring seconds. */
  rho?: number;
  /** Standard deviation of the deployments' own rates, of their mean. */
  between?: number;
  /** Draws the latency of every request; without it all take the median. */
  requestsPerSecond?: number;
  usdPerHour?: number;
  configuration?: Configuration;
  /** Day of the measurement and of its price. */
  day?: string;
  demand?: Demand;
}

/** Spread of requests within a second, of the logarithm. */
const SIGMA = 0.25;

/** Stationary, mean 0, standard deviation 1. */
function ar1(n: number, rho: number, seed: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < n; i++) {
    const fresh = normal(seed, i);
    values.push(i === 0 ? fresh : rho * values[i - 1]! + Math.sqrt(1 - rho ** 2) * fresh);
  }
  return values;
}

function deploymentOf(run: NoisyRun, repeat: number): Measurement {
  const { seconds, cv, rho = 0, between = 0, latencyMs = 20, requestsPerSecond: perSecond = 0 } = run;
  const { day = '2026-11-20' } = run;
  const of = (purpose: number) => stream(stream(run.seed, repeat), purpose);
  const own = run.ratePerSecond * Math.exp(between * normal(of(1), 0));
  const noise = ar1(seconds, rho, of(2));
  const rates = noise.map((z) => Math.max(0, own * (1 + cv * z)));
  const histogram = new Histogram();
  const kept = rates.map((rate, second) => {
    let sum = 0;
    // What slows a second slows all of its requests.
    const level = latencyMs * Math.exp(-cv * noise[second]!);
    for (let i = 0; i < perSecond; i++) {
      const ms = level * Math.exp(SIGMA * normal(of(3), second * perSecond + i));
      histogram.record(ms);
      sum += ms;
    }
    return { second, good: perSecond || Math.round(rate), bad: 0, latencySumMs: sum };
  });
  const configuration = run.configuration ?? configurationOf('x', { target: 'sagemaker' });
  const measured = measurementOf(configuration, [{ ratePerSecond: own, latencyMs }], {
    region: 'us-east-1',
    trial: `${configuration.id}#${repeat}`,
    repeat,
    price: { usdPerHour: run.usdPerHour ?? 0.736, source: 'test', region: 'us-east-1', date: day },
    startedAt: `${day}T10:00:00Z`,
  });
  const [stair] = measured.stairs;
  return {
    ...measured,
    stairs: [
      {
        ...stair!,
        durationS: seconds,
        windows: seconds,
        completedInWindow: Math.round(rates.reduce((a, b) => a + b, 0)),
        windowRates: rates,
        latency: perSecond > 0 ? histogram.encode() : flat(latencyMs, 1000),
        seconds: kept.map((s) => [s]),
      },
    ],
  };
}

export function noisyRun(run: NoisyRun) {
  const measurements = Array.from({ length: run.deployments ?? 1 }, (_, i) => deploymentOf(run, i + 1));
  const recommendation = recommend({
    experiment: 'noisy',
    slo: { percentile: 95, latencyMs: 100, maxErrorRate: 0.001 },
    demand: run.demand ?? null,
    objective: 'minimize-cost',
    measurements,
  });
  return { id: `run-${run.seed}`, recommendation, measurements };
}

/** A minute of a hundred requests a second that take 20 ms each: enough to decide by. */
export function calmRun(configuration: Configuration): ReturnType<typeof noisyRun> {
  return noisyRun({ seed: 1, ratePerSecond: 100, seconds: 60, cv: 0.03, latencyMs: 20, configuration });
}
