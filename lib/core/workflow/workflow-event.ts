import * as z from 'zod';

/** What a durable function is started with: by a person's machine for a sweep, by another execution for its parts. */
export const workflowEventSchema = z.strictObject({
  runId: z.string().min(1),
  /** Root of the execution's paths: `<run id>/e<n>` for a sweep, the caller's path and id for what it calls. */
  path: z.string().min(1),
  /** Registered name: `sweep`, `shard`, `group`, `preparation`, `smoke`, `prepare`. */
  workflow: z.string().min(1),
  input: z.json(),
  /** Of the run's `plan.json`, in hexadecimal: another one is refused. Absent for a run of an earlier release. */
  planSha256: z.string().optional(),
});

export type WorkflowEvent = z.infer<typeof workflowEventSchema>;
