/** Four demands for a small fleet, and the simulation of each. */

import { uniform } from '../../lib/core/load/seeded-random.ts';
import type { ScalingValues } from '../../lib/core/scale/scaling-values.ts';
import { type Assumptions, sageMakerAssumptions } from '../../lib/core/scale/simulation/assumptions.ts';
import { FlowPlane } from '../../lib/core/scale/simulation/flow-plane.ts';
import { RequestPlane } from '../../lib/core/scale/simulation/request-plane.ts';
import { type Simulation, simulate } from '../../lib/core/scale/simulation/simulate.ts';
import { arrivalTimes, tickCounts } from '../../lib/core/scale/trace/arrivals.ts';
import { durationS } from '../../lib/core/scale/trace/trace.ts';
import { counted, evaluatedLateS } from './count-lag.ts';
import type { Calibration } from './live-calibration.ts';
import type { LiveInput, ServiceSketch } from './live-fleet.ts';
import { steps } from './simulations.ts';

/** A minute of the policy's time lasts two seconds. */
const SPEED = 30;
/** A third of a real second. */
const TICK_S = 10;
/** Long service and a long limit: a busy machine wakes processes tens of milliseconds late. */
export const SLO_MS = 1500;
const service: ServiceSketch = { serviceMs: 400, slots: 10, queueBound: 60 };
const assumed: Assumptions = { ...sageMakerAssumptions, startS: 200 };
/** 25 requests in a real second is what an instance can do: 50 a minute of the policy's time. */
const values: ScalingValues = {
  targetValue: 33,
  minCapacity: 2,
  initialCapacity: 2,
  maxCapacity: 10,
  scaleOutCooldownS: 60,
  scaleInCooldownS: 300,
};

export function liveInput(seed: number): LiveInput {
  return { service, values, assumed, speed: SPEED, seed };
}

/** Minutes at rates in instances' targets. One and a half are an instance's limit: no step stays near it. */
const shapes = {
  step: [
    [5, 1.3],
    [26, 5.5],
    [29, 1.3],
  ],
  stairs: [
    [5, 1.2],
    [14, 4],
    [16, 9],
    [25, 1.2],
  ],
  bursts: [
    [5, 1.3],
    [15, 4.5],
    [21, 1.1],
    [12, 5],
    [7, 1.1],
  ],
  waves: [
    [4, 1.2],
    [13, 4.2],
    [22, 1.1],
    [12, 5.2],
    [9, 1.1],
  ],
} as const;

export interface LiveCase {
  name: string;
  arrivals: Float64Array;
  endS: number;
}

export function liveCases(): LiveCase[] {
  return Object.entries(shapes).map(([name, pieces], i) => {
    const trace = steps(...pieces.map(([minutes, n]) => [minutes, (n * values.targetValue) / 60] as const));
    return { name, arrivals: arrivalTimes(tickCounts(trace, 50 + i, TICK_S), 50 + i, TICK_S), endS: durationS(trace) };
  });
}

function countsOf(arrivals: Float64Array, endS: number): Float64Array {
  const counts = new Float64Array(endS / TICK_S);
  for (const s of arrivals) counts[Math.floor(s / TICK_S)]!++;
  return counts;
}

export type Plane = 'request' | 'flow';

/** @param lagSeed of when requests are counted and alarms evaluated; the fleet's own draws are the seed's */
export function simulated(
  index: number,
  plane: Plane,
  { meanMs, curve, countLag }: Calibration,
  seed: number,
  lagSeed: number,
): Simulation {
  const { arrivals: due, endS } = liveCases()[index]!;
  const arrivals = counted(
    due.map((s) => s / SPEED),
    countLag,
    lagSeed,
  ).map((s) => s * SPEED);
  const meanS = (meanMs / 1000) * SPEED;
  const perS = (rate: number) => rate / SPEED;
  return simulate({
    plane:
      plane === 'request'
        ? new RequestPlane({
            arrivals,
            serviceS: (n) => meanS * (0.5 + uniform(seed, n)),
            slots: service.slots,
            queueBound: service.queueBound,
            sloS: (SLO_MS / 1000) * SPEED,
          })
        : new FlowPlane({
            counts: countsOf(arrivals, endS),
            tickS: TICK_S,
            // Three services.
            smoothS: (3 * meanMs * SPEED) / 1000,
            curves: [
              {
                capacityPerSecond: perS(curve.capacityPerSecond),
                maxPerSecond: perS(curve.maxPerSecond),
                slackS: curve.slackS * SPEED,
                late: curve.late.map((p) => ({ ...p, ratePerSecond: perS(p.ratePerSecond) })),
              },
            ],
            queueBoundS: (service.queueBound / curve.maxPerSecond) * SPEED,
          }),
    values,
    assumed,
    kinds: [{ usdPerHour: null, available: true }],
    endS,
    seed,
    evaluatedLateS: (n) => evaluatedLateS(countLag, lagSeed, n) * SPEED,
  });
}
