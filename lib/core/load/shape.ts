/**
 * How requests are started during one segment. Open shapes are rates and send whether or not answers come; user shapes are
 * clients that each send again when answered. Moments count from the segment's start.
 */
import * as z from 'zod';

const MOST_USERS = 4096;
const users = z.int().min(1).max(MOST_USERS);
const someRate = z.number().positive().max(1e6);
const rateOrNone = z.number().nonnegative().max(1e6);
/** Spacing of a rate: even, or the independent gaps of a Poisson process. */
const arrivals = z.enum(['constant', 'poisson']);
const seconds = z.number().positive().max(86_400);

/**
 * A phase of SageMaker Inference Recommender: it begins with `initialUsers`, and `spawnRate` more join every `everySeconds`
 * (60 there). One more every 30 s and two more every minute are both of this form.
 */
const phaseSchema = z.strictObject({
  initialUsers: z.int().min(0).max(MOST_USERS),
  spawnRate: z.int().min(0).max(MOST_USERS),
  everySeconds: seconds,
  seconds,
});
export type Phase = z.infer<typeof phaseSchema>;

/** Users in the last step of a phase: those who would join at its very end never send. */
export function lastUsersOf(phase: Phase): number {
  return phase.initialUsers + phase.spawnRate * Math.max(0, Math.ceil(phase.seconds / phase.everySeconds - 1e-9) - 1);
}

export const shapeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('closed'), users }),
  z
    .strictObject({ kind: z.literal('phases'), phases: z.array(phaseSchema).min(1).max(100) })
    .refine((s) => s.phases.every((p) => lastUsersOf(p) <= MOST_USERS), `a phase may not pass ${MOST_USERS} users`)
    .refine((s) => s.phases.some((p) => lastUsersOf(p) > 0), 'no phase has a user'),
  /** STAIRS of Inference Recommender: `usersPerStep` more in every step, the first included. */
  z
    .strictObject({
      kind: z.literal('stairs'),
      usersPerStep: users,
      steps: z.int().min(1).max(1000),
      stepSeconds: seconds,
    })
    .refine((s) => s.usersPerStep * s.steps <= MOST_USERS, `the last step may not pass ${MOST_USERS} users`),
  z.strictObject({ kind: z.literal('constant'), ratePerSecond: someRate }),
  z.strictObject({ kind: z.literal('poisson'), ratePerSecond: someRate }),
  /** From one rate to another in a straight line; afterwards the second is held. */
  z
    .strictObject({
      kind: z.literal('ramp'),
      arrivals,
      fromPerSecond: rateOrNone,
      toPerSecond: rateOrNone,
      rampSeconds: seconds,
    })
    .refine((s) => s.fromPerSecond > 0 || s.toPerSecond > 0, 'a ramp from 0 to 0 sends nothing'),
  /** `startPerSecond`, and `addPerSecond` more in each later step; the last is held. */
  z.strictObject({
    kind: z.literal('step'),
    arrivals,
    startPerSecond: someRate,
    addPerSecond: rateOrNone,
    steps: z.int().min(1).max(1000),
    stepSeconds: seconds,
  }),
  /** Mean rates of successive intervals of a recorded day; nothing is sent after the last. */
  z
    .strictObject({
      kind: z.literal('trace'),
      arrivals,
      ratesPerSecond: z.array(rateOrNone).min(1).max(100_000),
      intervalSeconds: seconds,
    })
    .refine((s) => s.ratesPerSecond.some((r) => r > 0), 'a trace of zeros sends nothing'),
  /** Sends every body exactly once, in order, one at a time. */
  z.strictObject({ kind: z.literal('once') }),
]);
export type Shape = z.infer<typeof shapeSchema>;
export type UserShape = Extract<Shape, { kind: 'closed' | 'phases' | 'stairs' }>;
export type OpenShape = Extract<Shape, { kind: 'constant' | 'poisson' | 'ramp' | 'step' | 'trace' }>;

export function isOpen(shape: Shape): shape is OpenShape {
  return shape.kind !== 'once' && !isOfUsers(shape);
}

export function isOfUsers(shape: Shape): shape is UserShape {
  return shape.kind === 'closed' || shape.kind === 'phases' || shape.kind === 'stairs';
}

/** Length that a shape has by itself; null for those that go on as long as their segment. */
export function shapeSeconds(shape: Shape): number | null {
  switch (shape.kind) {
    case 'phases':
      return shape.phases.reduce((sum, phase) => sum + phase.seconds, 0);
    case 'stairs':
    case 'step':
      return shape.steps * shape.stepSeconds;
    case 'ramp':
      return shape.rampSeconds;
    case 'trace':
      return shape.ratesPerSecond.length * shape.intervalSeconds;
    default:
      return null;
  }
}
