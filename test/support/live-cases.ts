/** Four demands for a small fleet, and the simulation of each. */

import { uniform } from '../../lib/core/load/seeded-random.ts';
import type { ScalingValues } from '../../lib/core/scale/scaling-values.ts';
import { type Assumptions, sageMakerAssumptions } from '../../lib/core/scale/simulation/assumptions.ts';
import { FlowPlane } from '../../lib/core/scale/simulation/flow-plane.ts';
import { RequestPlane } from '../../lib/core/scale/simulation/request-plane.ts';
import { type Simulation, simulate } from '../../lib/core/scale/simulation/simulate.ts';
import { arrivalTimes, tickCounts } from '../../lib/core/scale/trace/arrivals.ts';
import { durationS } from '../../lib/core/scale/trace/trace.ts';
import { evaluatedLateS, seenLag } from './count-lag.ts';
import type { Calibration } from './live-calibration.ts';
import type { LiveInput, LiveResult, ServiceSketch } from './live-fleet.ts';
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

/** What a fleet's changes hang on besides its draws: when requests are counted and alarms evaluated, the policy's seconds. */
export interface Moments {
  /** Ascending. */
  counted: Float64Array;
  evaluatedLateS: (n: number) => number;
}

/** As late as was seen while one instance was measured. */
export function probableMoments(index: number, { countLag }: Calibration, seed: number): Moments {
  const lagOf = seenLag(countLag, seed);
  return {
    counted: late(liveCases()[index]!, (_, dueS) => lagOf(dueS / SPEED)),
    evaluatedLateS: (n) => evaluatedLateS(countLag, seed, n) * SPEED,
  };
}

/** As late as in one real fleet. */
export function realMoments(index: number, { countLagS, evaluatedLateS }: LiveResult): Moments {
  return {
    counted: late(liveCases()[index]!, (n) => countLagS[n]!),
    evaluatedLateS: (n) => Math.max(0, evaluatedLateS[n] ?? 0),
  };
}

function late({ arrivals }: LiveCase, lagS: (n: number, dueS: number) => number): Float64Array {
  const last = arrivals.at(-1)!;
  return arrivals.map((dueS, n) => Math.min(last, Math.max(0, dueS + lagS(n, dueS) * SPEED))).sort();
}

export function simulated(
  index: number,
  plane: Plane,
  { meanMs, curve }: Calibration,
  seed: number,
  { counted: arrivals, evaluatedLateS }: Moments,
): Simulation {
  const { endS } = liveCases()[index]!;
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
    evaluatedLateS,
  });
}
