/** What bounds an adaptive search. A visit is one deployment that is loaded until the search wants another. */
import * as z from 'zod';

export const searches = ['grid', 'adaptive'] as const;

export const adaptiveLoadSchema = z.strictObject({
  /** Measured part of a trial, in seconds. */
  trialSeconds: z.number().positive(),
  /** Trials of one visit at most: they bound how long a deployment lives, and so what is held for it. */
  trialsPerVisit: z.int().min(1),
  /** Visits to configurations that were loaded before, at most: with one to each, what a search can cost. */
  revisits: z.int().min(0),
});
export type AdaptiveLoad = z.infer<typeof adaptiveLoadSchema>;
