/** A real fleet that draws by the same seed must draw the same: then every difference between the two is the model's. */
import { describe, expect, it } from 'vitest';
import { alarmPhaseS } from '../../../../lib/core/scale/simulation/alarm-phase.ts';
import { sageMakerAssumptions } from '../../../../lib/core/scale/simulation/assumptions.ts';
import { startTimes } from '../../../../lib/core/scale/simulation/start-times.ts';
import { byRequest, flow, steps } from '../../../support/simulations.ts';

const twoBursts = steps([20, 100], [40, 500], [60, 100], [40, 700]);
const seeds = [1, 2, 3, 10, 31];

describe.each([
  ['as a flow', flow],
  ['request by request', byRequest],
])('what a simulation %s draws', (_, run) => {
  it.each(seeds)('is the phase of its alarms, at which every decision falls (seed %i)', (seed) => {
    const { activities } = run({ trace: twoBursts, seed });
    const phaseS = alarmPhaseS(sageMakerAssumptions, seed);
    expect(activities.length).toBeGreaterThan(2);
    for (const { decidedS } of activities) {
      const intervals = (decidedS - phaseS) / sageMakerAssumptions.evaluateEveryS;
      expect(intervals).toBeCloseTo(Math.round(intervals), 6);
    }
  });

  it.each(seeds)('is a start by launch and by place of its activity, scale-ins counted (seed %i)', (seed) => {
    const { activities, instances } = run({ trace: twoBursts, seed });
    const startOf = startTimes(sageMakerAssumptions, seed);
    const outs = activities.flatMap(({ direction, from, to }, place) =>
      direction === 'out' ? new Array<number>(to - from).fill(place) : [],
    );
    const first = instances.length - outs.length;
    expect(outs.at(-1)).toBeGreaterThan(activities.findIndex((a) => a.direction === 'in'));
    outs.forEach((place, n) => {
      const { id, launchedS, servingS } = instances[first + n]!;
      if (servingS !== null) expect(servingS - launchedS).toBeCloseTo(startOf(id, place), 6);
    });
  });
});
