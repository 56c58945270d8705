/** Simulations made to order, for the tests of scaling. */
import type { CapacityCurve } from '../../lib/core/scale/capacity-curve.ts';
import type { ScalingValues, ScheduledBounds } from '../../lib/core/scale/scaling-values.ts';
import { type Assumptions, sageMakerAssumptions } from '../../lib/core/scale/simulation/assumptions.ts';
import { FlowPlane } from '../../lib/core/scale/simulation/flow-plane.ts';
import { RequestPlane } from '../../lib/core/scale/simulation/request-plane.ts';
import {
  type InstanceKind,
  type Simulation,
  type SimulationInput,
  simulate,
} from '../../lib/core/scale/simulation/simulate.ts';
import { arrivalTimes, tickCounts } from '../../lib/core/scale/trace/arrivals.ts';
import { durationS, type Trace } from '../../lib/core/scale/trace/trace.ts';

/** An instance that carries 100 requests a second inside the limit; 5 of 100 are late at that rate. */
export const curve: CapacityCurve = {
  capacityPerSecond: 100,
  maxPerSecond: 110,
  slackS: 0.3,
  late: [
    { ratePerSecond: 50, share: 0.001 },
    { ratePerSecond: 100, share: 0.05 },
  ],
};

export const values: ScalingValues = {
  targetValue: 4200,
  minCapacity: 2,
  initialCapacity: 2,
  maxCapacity: 12,
  scaleOutCooldownS: 60,
  scaleInCooldownS: 300,
};

export interface Sketch {
  trace: Trace;
  values?: Partial<ScalingValues>;
  assumed?: Partial<Assumptions>;
  kinds?: readonly InstanceKind[];
  schedule?: readonly ScheduledBounds[];
  seed?: number;
  arrivalSeed?: number;
  evaluatedLateS?: SimulationInput['evaluatedLateS'];
}

const rest = (s: Sketch) => ({
  values: { ...values, ...s.values },
  assumed: { ...sageMakerAssumptions, ...s.assumed },
  kinds: s.kinds ?? [{ usdPerHour: 1, available: true }],
  schedule: s.schedule,
  seed: s.seed ?? 1,
  endS: durationS(s.trace),
  evaluatedLateS: s.evaluatedLateS,
});

export function flow(s: Sketch, curves: readonly CapacityCurve[] = [curve]): Simulation {
  const counts = tickCounts(s.trace, s.arrivalSeed ?? 1, 1);
  return simulate({ ...rest(s), plane: new FlowPlane({ counts, tickS: 1, curves, queueBoundS: 10 }) });
}

/** A fifth of the demand on instances of a fifth: 4 slots of 200 ms. Fewer requests, the same fleet. */
export function byRequest(s: Sketch): Simulation {
  const trace = { ...s.trace, requests: s.trace.requests.map((n) => n / FEWER) };
  const seed = s.arrivalSeed ?? 1;
  const arrivals = arrivalTimes(tickCounts(trace, seed, 1), seed, 1);
  const common = rest(s);
  const plane = new RequestPlane({ arrivals, serviceS: () => 0.04 * FEWER, slots: 4, queueBound: 200, sloS: 0.5 });
  return simulate({
    ...common,
    values: { ...common.values, targetValue: common.values.targetValue / FEWER },
    plane,
  });
}
const FEWER = 5;

/** Minutes at rates per second: [minutes, rate], … */
export function steps(...pieces: readonly (readonly [number, number])[]): Trace {
  return {
    name: 'steps',
    stepS: 60,
    requests: pieces.flatMap(([minutes, perSecond]) => new Array<number>(minutes).fill(perSecond * 60)),
  };
}
