/** How many users a shape holds at any moment: a pure function, so that every generator of one load agrees on it. */
import { lastUsersOf, type UserShape } from './shape.ts';

/** Users `ms` after the start; what the last phase or step reaches is held beyond its end. */
export function usersAt(shape: UserShape, ms: number): number {
  if (shape.kind === 'closed') return shape.users;
  if (shape.kind === 'stairs') {
    const step = Math.floor(Math.max(0, ms) / (shape.stepSeconds * 1000));
    return shape.usersPerStep * Math.min(shape.steps, step + 1);
  }
  let startMs = 0;
  for (const phase of shape.phases) {
    const endMs = startMs + phase.seconds * 1000;
    if (ms < endMs) {
      return phase.initialUsers + phase.spawnRate * Math.floor(Math.max(0, ms - startMs) / (phase.everySeconds * 1000));
    }
    startMs = endMs;
  }
  return lastUsersOf(shape.phases.at(-1)!);
}

/** Users on average over the shape's own length; a phase of n steps that each last equally long holds an arithmetic series. */
export function meanUsers(shape: UserShape): number {
  if (shape.kind === 'closed') return shape.users;
  if (shape.kind === 'stairs') return (shape.usersPerStep * (shape.steps + 1)) / 2;
  const userSeconds = shape.phases.reduce((sum, { initialUsers, spawnRate, everySeconds, seconds }) => {
    const steps = Math.floor(seconds / everySeconds + 1e-9);
    const rest = Math.max(0, seconds - steps * everySeconds);
    const whole = everySeconds * (steps * initialUsers + (spawnRate * steps * (steps - 1)) / 2);
    return sum + whole + rest * (initialUsers + spawnRate * steps);
  }, 0);
  return userSeconds / shape.phases.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Sockets that the shape needs at most. */
export function mostUsers(shape: UserShape): number {
  if (shape.kind === 'closed') return shape.users;
  if (shape.kind === 'stairs') return shape.usersPerStep * shape.steps;
  return Math.max(...shape.phases.map(lastUsersOf));
}
