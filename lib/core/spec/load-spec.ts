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
export const protocols = ['capacity', 'closed', 'stairs', 'phases', 'constant', 'poisson', 'in-process'] as const;

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

export const loadSchema = z.strictObject({
  protocol: z.enum(protocols).default('capacity'),
  /** Clients that each send their next request when the last is answered. */
  users: z.union([users, z.array(users).min(1).max(MAX_STAIRS)]).optional(),
  /** Requests per second, sent whether or not earlier ones are answered. */
  rate: z.union([rate, z.array(rate).min(1).max(MAX_STAIRS)]).optional(),
  /** One phase in this release. */
  phases: z.array(phaseSchema).length(1).optional(),
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
