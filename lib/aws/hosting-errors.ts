/** What SageMaker means by its errors. Most are a ValidationException, told apart by their words alone. */
import type { DeployAnswer } from '../core/ports/target.ts';
import { isNamed } from './reap/kind-adapter.ts';

/** `Cannot create already existing endpoint "arn:…".`, the same for an endpoint configuration and a model. */
export function isExisting(error: unknown): boolean {
  return isNamed(error, 'ValidationException') && /^Cannot create already existing /.test(error.message);
}

/** Nobody said no: the connection broke, or the server erred. It may have been done. */
export function isUncertain(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return error instanceof Error && (status === undefined || status >= 500);
}

/** null: the caller's or the network's fault, and to be thrown. Throttling was tried again by the SDK before it gets here. */
export function refusalOf(error: unknown): Extract<DeployAnswer, { state: 'refused' }> | null {
  if (isNamed(error, 'ResourceLimitExceeded')) {
    // `The account-level service limit 'ml.g4dn.xlarge for endpoint usage' is 0 Instances, with current utilization of …`
    const quota = /service limit '([^']+)'/.exec(error.message)?.[1];
    const named = quota === undefined ? '' : `quota "${quota}" (Service Quotas, Amazon SageMaker): `;
    return { state: 'refused', code: 'quota', reason: `${named}${error.message}` };
  }
  if (isNamed(error, 'ValidationException')) return { state: 'refused', code: 'rejected', reason: error.message };
  return null;
}

/**
 * FailureReason of an endpoint for which there was no machine: `Unable to provision requested ML compute capacity due to
 * InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.` Older ones begin
 * with `CapacityError:`.
 */
export function isCapacity(failureReason: string): boolean {
  return /InsufficientInstanceCapacity|Unable to provision requested ML compute capacity|^CapacityError/.test(
    failureReason,
  );
}
