/** The traffic of a job that does what a plan's load does. */
import type { LoadPlan } from '../plan/load-plan.ts';
import { asJobShape, shapeTraffic } from './load-shape.ts';
import { closedTraffic, type TrafficAnswer } from './traffic.ts';

const MINUTE = 60;

/**
 * Ramps of users stand in a plan as one shape of their own, or as ascending stairs of a minute each; other closed loops as
 * stairs of any length.
 */
export function plannedTraffic({ stairs, windowSeconds, dropSeconds, rounds }: LoadPlan): TrafficAnswer {
  const own = stairs.length === 1 ? asJobShape(stairs[0]!.shape) : null;
  if (own && rounds === 1 && dropSeconds === 0) return shapeTraffic(own);
  const users = stairs.flatMap(({ shape }) => (shape.kind === 'closed' ? [shape.users] : []));
  if (users.length < stairs.length) {
    return {
      ok: false,
      why: 'a job drives waiting users only, and this load sends at a rate: use protocol phases or stairs with users',
    };
  }
  if (rounds !== 1 || dropSeconds !== 0) {
    return {
      ok: false,
      why: `a job runs through its traffic once and measures all of it; this load has ${rounds} rounds and drops ${dropSeconds} s of each window: use protocol phases, or stairs with warmup 0s`,
    };
  }
  const [first, second] = users;
  const spawn = (second ?? first!) - first!;
  const isRamp = users.every((n, i) => n === first! + i * spawn);
  if (users.length > 1 && isRamp && windowSeconds === MINUTE) {
    const phase = { InitialNumberOfUsers: first!, SpawnRate: spawn, DurationInSeconds: users.length * MINUTE };
    return { ok: true, traffic: { TrafficType: 'PHASES', Phases: [phase] } };
  }
  return closedTraffic(users, windowSeconds);
}
