/** When a deployment's alarms are evaluated: nobody knows where in their interval a trace begins. */
import { uniform } from '../../load/seeded-random.ts';
import { stream } from '../draws.ts';
import type { Assumptions } from './assumptions.ts';

/** @returns seconds from the trace's begin to the first evaluation, even over the interval */
export function alarmPhaseS({ evaluateEveryS }: Pick<Assumptions, 'evaluateEveryS'>, seed: number): number {
  return uniform(stream(seed, 6), 0) * evaluateEveryS;
}
