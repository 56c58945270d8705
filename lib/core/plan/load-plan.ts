/** How a group is loaded, resolved from the experiment's `load`: stairs for screening, windows, confirmation. */
import * as z from 'zod';
import { shapeSchema } from '../load/job.ts';

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
  /** Callers sit in the serving process, each call carrying the configuration's `batch`; absent for requests over HTTP. */
  inProcess: z.literal(true).optional(),
  timeoutMs: z.number().positive(),
  maxConnections: z.int().min(1),
  seed: z.int(),
});
export type LoadPlan = z.infer<typeof loadPlanSchema>;
