/** A deployment that never became ready has nothing to measure; its own reason is passed on. */
import type { ReadyState } from '../../ports/target.ts';
import type { ValidityFinding } from '../validity.ts';

export function unhealthy(ready: Pick<ReadyState, 'state' | 'reason'> | null): ValidityFinding | null {
  if (ready === null || ready.state === 'ready') return null;
  return { code: 'unhealthy', detail: ready.reason ?? `the deployment never became ready (${ready.state})` };
}
