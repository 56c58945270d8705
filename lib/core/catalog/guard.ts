/** Where a deployed Guard is: what a run needs to create and delete, without asking CloudFormation. */
import * as z from 'zod';

/** SSM parameter that holds a `Guard`. */
export const GUARD_PARAMETER = '/infersweep/guard';

const id = z.string().min(1);

export const guardSchema = z.strictObject({
  schema: z.literal('infersweep.guard.v1'),
  /** ARNs of the roles that controllers assume, one to create and one to delete. */
  createRole: id,
  deleteRole: id,
  /** Name of the DynamoDB table that holds reservations and receipts. */
  ledgerTable: id,
  /** ARN. */
  reaperFunction: id,
  /** EventBridge Scheduler group, and what a schedule in it is given: its role and its dead-letter queue, by ARN. */
  deadlineGroup: id,
  deadlineRole: id,
  deadlineQueue: id,
  alarmTopic: id,
  /** All that the create role may start, as their targets spell them. */
  instanceTypes: z.array(id),
});
export type Guard = z.infer<typeof guardSchema>;
