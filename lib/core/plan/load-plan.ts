/** How a group is loaded, resolved from the experiment's `load`: stairs for screening, windows, confirmation. */
import * as z from 'zod';
import { shapeSchema } from '../load/job.ts';
import { adaptiveLoadSchema } from './search-plan.ts';

export const loadPlanSchema = z.strictObject({
  /** Ascending; each is held for one window a round. */
  stairs: z.array(z.strictObject({ id: z.string(), shape: shapeSchema })).min(1),
  /** Rounds over all stairs and deployments; every second round runs in reverse order to cancel drift. */
  rounds: z.int().min(1),
  windowSeconds: z.number().positive(),
  /** Head of each window that is not measured. */
  dropSeconds: z.number().nonnegative(),
  repeats: z.int().min(1),
  /** The best configurations are loaded once more at their best stair; null for no confirmation. */
  confirmation: z.strictObject({ finalists: z.int().min(1), rounds: z.int().min(1) }).nullable(),
  /**
   * `steps`: at most so many numbers of users are added to `stairs` for each deployment, one after the other, where the load
   * that it can carry lies between two of them or beyond. Absent where the stairs are all there is.
   */
  refine: z.strictObject({ steps: z.int().min(1) }).optional(),
  /** How an adaptive search loads instead; absent for a grid. */
  adaptive: adaptiveLoadSchema.optional(),
  /** Callers sit in the serving process, each call carrying the configuration's `batch`; absent for requests over HTTP. */
  inProcess: z.literal(true).optional(),
  timeoutMs: z.number().positive(),
  maxConnections: z.int().min(1),
  seed: z.int(),
});
export type LoadPlan = z.infer<typeof loadPlanSchema>;
