/** One instance measured by itself, before any fleet: all that a simulation of the fleet may know of its service. */
import type { CapacityCurve } from '../../lib/core/scale/capacity-curve.ts';
import { arrivalTimes, tickCounts } from '../../lib/core/scale/trace/arrivals.ts';
import { LiveFleet, type LiveInput } from './live-fleet.ts';

const alone = { minCapacity: 1, initialCapacity: 1, maxCapacity: 1 };

async function withInstance<T>(input: LiveInput, use: (fleet: LiveFleet) => Promise<T>): Promise<T> {
  const fleet = new LiveFleet({ ...input, speed: 1, values: { ...input.values, ...alone, targetValue: 1e9 } });
  try {
    await fleet.open();
    return await use(fleet);
  } finally {
    await fleet.close();
  }
}

export interface Calibration {
  /** Of requests that did not wait: service and what lies before it. */
  meanMs: number;
  /** In real seconds. */
  curve: CapacityCurve;
}

/** Saturation by closed loop, then Poisson rates below it, each on an instance of its own at the same time. */
export async function calibrate(input: LiveInput, seconds: number, sloMs: number): Promise<Calibration> {
  const { slots } = input.service;
  const saturated = await withInstance(input, async (fleet) => {
    const untilMs = performance.now() + seconds * 1000;
    const took: number[] = [];
    const user = async () => {
      while (performance.now() < untilMs) took.push((await fleet.probe())!);
    };
    await Promise.all(Array.from({ length: slots }, user));
    return { perSecond: took.length / seconds, meanMs: took.reduce((a, b) => a + b, 0) / took.length };
  });
  const rates = [0.5, 0.7, 0.85, 0.95].map((u) => u * saturated.perSecond);
  const late = await Promise.all(
    rates.map((ratePerSecond, i) =>
      withInstance(input, async (fleet) => {
        const trace = { name: 'constant', stepS: 1, requests: new Array<number>(3 * seconds).fill(ratePerSecond) };
        const arrivals = arrivalTimes(tickCounts(trace, 900 + i, 1), 900 + i, 1);
        const { missShare } = await fleet.replay(arrivals, 3 * seconds, sloMs);
        return { ratePerSecond, share: missShare };
      }),
    ),
  );
  const inside = late.filter((p) => p.share <= 0.05);
  return {
    meanMs: saturated.meanMs,
    curve: {
      capacityPerSecond: inside.at(-1)?.ratePerSecond ?? rates[0]!,
      maxPerSecond: saturated.perSecond,
      slackS: (sloMs - saturated.meanMs) / 1000,
      late,
    },
  };
}
