/** How deployments are loaded, as users write it. `resolve-load.ts` turns it into the plan's stairs and windows. */
import * as z from 'zod';
import { DURATION_HINT, DURATION_PATTERN, parseDuration } from './duration.ts';

const ONE_DAY_SECONDS = 86_400;

export const durationSchema = z
  .string()
  .regex(DURATION_PATTERN, `must be ${DURATION_HINT}`)
  .refine((text) => (parseDuration(text) ?? 0) <= ONE_DAY_SECONDS, 'must not be longer than 24h');

const users = z.int().min(1).max(4096);
const rate = z.number().positive().max(1e6);
const MAX_STAIRS = 100;

/** All but `in-process` are run; that one is planned and priced, and refused by `run`. */
export const protocols = [
  'capacity',
  'closed',
  'stairs',
  'phases',
  'constant',
  'poisson',
  'ramp',
  'step',
  'trace',
  'in-process',
] as const;

/** A ramp as Inference Recommender and locust make it: more users every so often. */
const phaseSchema = z.strictObject({
  initialUsers: users,
  /** Users added at each step. */
  spawnRate: users,
  /** Length of a step: a minute with Inference Recommender. */
  every: durationSchema.default('1m'),
  /** Of the whole phase: a multiple of `every`. */
  duration: durationSchema,
});

/** A file beside the experiment: CSV with the header `minute,requests` and one line a minute, as `simulate --trace` reads it. */
export const traceFileSchema = z.string().min(1, 'must not be empty').max(1024);

const rateOrNone = z.number().nonnegative().max(1e6);

/** From one rate to another in a straight line, in requests per second. */
const rampSchema = z.strictObject({ initialRate: rateOrNone, finalRate: rateOrNone, duration: durationSchema });

/** `initialRate` requests per second, and `addedRate` more in each later step. */
const stepSchema = z.strictObject({
  initialRate: rate,
  addedRate: rateOrNone,
  steps: z.int().min(1).max(MAX_STAIRS),
  /** Length of one step. */
  every: durationSchema,
});

const traceSchema = z.strictObject({
  file: traceFileSchema,
  /** Requests per second in the busiest minute, to which the others are scaled: one instance carries a part of a fleet's day. */
  peakRate: rate.optional(),
  /** How long each minute of the file is played, at its own rate. */
  minute: durationSchema.default('1m'),
});

export const loadSchema = z.strictObject({
  protocol: z.enum(protocols).default('capacity'),
  /** Clients that each send their next request when the last is answered. */
  users: z.union([users, z.array(users).min(1).max(MAX_STAIRS)]).optional(),
  /** Requests per second, sent whether or not earlier ones are answered. */
  rate: z.union([rate, z.array(rate).min(1).max(MAX_STAIRS)]).optional(),
  /** One phase in this release. */
  phases: z.array(phaseSchema).length(1).optional(),
  ramp: rampSchema.optional(),
  step: stepSchema.optional(),
  trace: z.union([traceFileSchema, traceSchema]).optional(),
  /** Spacing of a rate. */
  arrivals: z.enum(['constant', 'poisson']).optional(),
  /** Measured time of one long window, after `warmup`. */
  duration: durationSchema.optional(),
  warmup: durationSchema.optional(),
  /** Length of one short window, its dropped head included: deployments alternate between windows. */
  window: durationSchema.optional(),
  drop: durationSchema.optional(),
  /** Times that every stair is repeated. */
  rounds: z.int().min(1).max(1000).optional(),
  /**
   * Most numbers of users that `capacity` adds for each configuration, where its capacity lies between two of them or beyond;
   * 4 unless `users` are given, then none.
   */
  refine: z.int().min(0).max(16).optional(),
  /** Load the best configurations again at their best stair. */
  confirm: z
    .union([
      z.literal(false),
      z.strictObject({ finalists: z.int().min(1).max(100).default(2), rounds: z.int().min(1).max(1000).default(5) }),
    ])
    .optional(),
  /** A request unanswered for this long is an error and enters the latencies at this value. */
  timeout: durationSchema.optional(),
});

export type LoadSpec = z.output<typeof loadSchema>;
