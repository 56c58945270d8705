/** One instance measured by itself, before any fleet: all that a simulation of the fleet may know of its service. */
import type { CapacityCurve } from '../../lib/core/scale/capacity-curve.ts';
import { arrivalTimes, tickCounts } from '../../lib/core/scale/trace/arrivals.ts';
import type { CountLag } from './count-lag.ts';
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
  /** For which a request holds a slot. */
  meanMs: number;
  /** In real seconds. */
  curve: CapacityCurve;
  countLag: CountLag;
}

/** Times of a slot spread by 29 %: from the 150 answers that one instance gives in 6 s their mean is known to 2.4 %, from these to 0.6 %. */
const REPEATS = 8;
/** Several services, so that not all slots become free together any more. */
const WARM_UP_MS = 2000;

/** Answers per second where a request waits for each slot: a slot is never idle while an answer travels. */
function saturate(input: LiveInput, seconds: number): Promise<number> {
  return withInstance(input, async (fleet) => {
    const fromMs = performance.now() + WARM_UP_MS;
    const untilMs = fromMs + seconds * 1000;
    let answers = 0;
    const user = async () => {
      while (performance.now() < untilMs) {
        await fleet.probe();
        const nowMs = performance.now();
        if (nowMs >= fromMs && nowMs < untilMs) answers++;
      }
    };
    await Promise.all(Array.from({ length: 2 * input.service.slots }, user));
    return answers / seconds;
  });
}

/** Saturation by closed loop, then Poisson rates below it, each on an instance of its own at the same time. */
export async function calibrate(input: LiveInput, seconds: number, sloMs: number): Promise<Calibration> {
  const repeats = await Promise.all(Array.from({ length: REPEATS }, () => saturate(input, 2 * seconds)));
  const perSecond = repeats.reduce((a, b) => a + b, 0) / REPEATS;
  const meanMs = (1000 * input.service.slots) / perSecond;
  const rates = [0.5, 0.7, 0.85, 0.95].map((u) => u * perSecond);
  const measured = await Promise.all(
    rates.map((ratePerSecond, i) =>
      withInstance(input, async (fleet) => {
        const trace = { name: 'constant', stepS: 1, requests: new Array<number>(3 * seconds).fill(ratePerSecond) };
        const arrivals = arrivalTimes(tickCounts(trace, 900 + i, 1), 900 + i, 1);
        const { missShare, countLagS } = await fleet.replay(arrivals, 3 * seconds, sloMs);
        return { ratePerSecond, share: missShare, countLag: { atS: arrivals, lagS: countLagS, lengthS: 3 * seconds } };
      }),
    ),
  );
  const late = measured.map(({ ratePerSecond, share }) => ({ ratePerSecond, share }));
  const inside = late.filter((p) => p.share <= 0.05);
  return {
    meanMs,
    curve: {
      capacityPerSecond: inside.at(-1)?.ratePerSecond ?? rates[0]!,
      maxPerSecond: perSecond,
      slackS: (sloMs - meanMs) / 1000,
      late,
    },
    // The densest.
    countLag: measured.at(-1)!.countLag,
  };
}
