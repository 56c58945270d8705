import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** What the stacks below Guard take from it; a `GuardStack` fits. */
export interface GuardParts {
  /** The only role that may create anything for a run; it gets the permission to use what a stack offers. */
  readonly createRole: IRole;
  /** Ends whatever carries a run, and answers CloudFormation when a stack is to be deleted. */
  readonly reaperFunction: IFunction;
}
