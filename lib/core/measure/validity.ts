/** Whether a figure may be trusted, and why not. */
import * as z from 'zod';

export const validityStatuses = ['valid', 'degraded', 'invalid'] as const;
export type ValidityStatus = (typeof validityStatuses)[number];

export const degradedReasons = [
  'wan',
  'source-disowned',
  'unsteady',
  'batching-inert',
  'cache-hit',
  'throttled',
] as const;
export const invalidReasons = [
  'client-bound',
  'client-lag',
  'wrong-output',
  'error-rate',
  'server-died',
  'too-few-samples',
  'unhealthy',
  'timeout',
  'interrupted',
  'oom',
] as const;
export type ValidityReason = (typeof degradedReasons)[number] | (typeof invalidReasons)[number];

export const validitySchema = z.strictObject({
  status: z.enum(validityStatuses),
  reasons: z.array(z.strictObject({ code: z.enum([...degradedReasons, ...invalidReasons]), detail: z.string() })),
});
export type Validity = z.infer<typeof validitySchema>;
export type ValidityFinding = Validity['reasons'][number];

/** The status that a list of findings amounts to. */
export function validityOf(reasons: readonly ValidityFinding[]): Validity {
  const invalid = reasons.some((r) => (invalidReasons as readonly string[]).includes(r.code));
  return { status: invalid ? 'invalid' : reasons.length > 0 ? 'degraded' : 'valid', reasons: [...reasons] };
}
