/** Traffic of a job as one shape of the kit's own load generator, both ways: several phases, and phases that add nobody, too. */
import type { TrafficPattern } from './job.ts';
import type { TrafficAnswer } from './traffic.ts';

/** The two shapes of users that a job has, as load jobs spell them. */
export type JobShape =
  | {
      kind: 'phases';
      phases: { initialUsers: number; spawnRate: number; everySeconds: number; seconds: number }[];
    }
  | { kind: 'stairs'; usersPerStep: number; steps: number; stepSeconds: number };

const MINUTE = 60;

export function shapeOf(traffic: TrafficPattern): JobShape {
  if (traffic.TrafficType === 'STAIRS') {
    const { DurationInSeconds, NumberOfSteps: steps, UsersPerStep: usersPerStep } = traffic.Stairs;
    return { kind: 'stairs', usersPerStep, steps, stepSeconds: DurationInSeconds / steps };
  }
  return {
    kind: 'phases',
    phases: traffic.Phases.map(({ InitialNumberOfUsers, SpawnRate, DurationInSeconds }) => ({
      initialUsers: InitialNumberOfUsers,
      spawnRate: SpawnRate,
      everySeconds: MINUTE,
      seconds: DurationInSeconds,
    })),
  };
}

/** The inverse. A job counts users by the minute and time in whole seconds, so other phases have none. */
export function shapeTraffic(shape: JobShape): TrafficAnswer {
  if (shape.kind === 'stairs') {
    const { steps: NumberOfSteps, usersPerStep: UsersPerStep, stepSeconds } = shape;
    const DurationInSeconds = Math.round(NumberOfSteps * stepSeconds);
    return { ok: true, traffic: { TrafficType: 'STAIRS', Stairs: { DurationInSeconds, NumberOfSteps, UsersPerStep } } };
  }
  const odd = shape.phases.find(({ everySeconds }) => everySeconds !== MINUTE);
  if (odd) return { ok: false, why: `a job adds users every minute: set every to 1m, not ${odd.everySeconds}s` };
  const Phases = shape.phases.map(({ initialUsers, spawnRate, seconds }) => ({
    InitialNumberOfUsers: initialUsers,
    SpawnRate: spawnRate,
    DurationInSeconds: Math.round(seconds),
  }));
  return { ok: true, traffic: { TrafficType: 'PHASES', Phases } };
}

/** The shape as one that a job has; null for every other. */
export function asJobShape(shape: { kind: string }): JobShape | null {
  return shape.kind === 'phases' || shape.kind === 'stairs' ? (shape as JobShape) : null;
}
