import { CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/**
 * What a run started in a stack's network is not of the stack, and would outlive it. The gate depends on everything, so it
 * is deleted first: the reaper then ends what carries a run, and refuses the deletion while a listing shows any of it.
 * Call it last.
 */
export function gateDeletion(stack: Stack, reaper: IFunction): void {
  const before = [...stack.node.children];
  // No properties, ever: a change would be an update, for which there is nothing to do.
  const gate = new CustomResource(stack, 'DeletionGate', {
    resourceType: 'Custom::InfersweepDeletionGate',
    serviceToken: reaper.functionArn,
    // Three runs of the function: Lambda tries an asynchronous invocation that died twice more.
    serviceTimeout: Duration.minutes(50),
  });
  gate.node.addDependency(...before);
}
