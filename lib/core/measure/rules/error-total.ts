import type { ErrorCounts } from '../../load/job.ts';

/** Failed requests of all classes. */
export function errorTotal(errors: ErrorCounts): number {
  return Object.values(errors).reduce((sum, n) => sum + (n ?? 0), 0);
}
