import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type BucketPrefix, grantReadPrefix } from './bucket-prefix.ts';
import { createExecutionRole, grantObservability } from './execution-role.ts';
import { grantPullOwnImages } from './host-role.ts';

/** What the models of trial endpoints run as: the kit's images and prepared models, logs and metrics. */
export function createTrialExecutionRole(scope: Construct, id: string, models: readonly BucketPrefix[]): Role {
  const role = createExecutionRole(scope, id);
  grantObservability(role, scope);
  grantPullOwnImages(role, scope);
  for (const prefix of models) grantReadPrefix(prefix, role);
  return role;
}
