import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** What the stacks below Guard take from it; a `GuardStack` fits. */
export interface GuardParts {
  /** The only role that may create anything for a run; it gets the permission to use what a stack offers. */
  readonly createRole: IRole;
  /** The only role that may delete what carries a run. */
  readonly deleteRole: IRole;
  /** Money and records of runs; the two roles may write to it. */
  readonly ledgerTable: ITable;
  /** Where alarms go that a person has to see. */
  readonly alarmTopic: ITopic;
  /** Ends whatever carries a run, and answers CloudFormation when a stack is to be deleted. */
  readonly reaperFunction: IFunction;
}
