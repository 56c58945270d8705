import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';

export interface DeletionGateProps {
  /** The guard's; another stack that runs sweeps names the same one. */
  readonly reaperFunction: IFunction;
  /** What must not go before the gate has opened. */
  readonly guards: readonly IDependable[];
}

/**
 * Deleted first, because it depends on everything else: CloudFormation then asks the reaper, which ends whatever carries
 * a run, expired or not, and refuses the deletion while a listing shows any of it. What guards is still whole then.
 */
export class DeletionGate extends Construct {
  constructor(scope: Construct, id: string, { reaperFunction, guards }: DeletionGateProps) {
    super(scope, id);
    // No properties, ever: a change would be an update, for which there is nothing to do.
    const gate = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::InfersweepDeletionGate',
      serviceToken: reaperFunction.functionArn,
      // Three runs of the function: Lambda tries an asynchronous invocation that died twice more.
      serviceTimeout: Duration.minutes(50),
    });
    gate.node.addDependency(...guards);
  }
}
