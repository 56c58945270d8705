import type { IRole } from 'aws-cdk-lib/aws-iam';

/** What the stacks below Guard take from it. */
export interface GuardRoles {
  /** The only role that may create anything for a run; it gets the permission to use what a stack offers. */
  readonly createRole: IRole;
}
