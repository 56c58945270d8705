import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ROLE_PATH } from '../core/catalog/lab.ts';
import { type BucketPrefix, grantReadPrefix } from './bucket-prefix.ts';
import { grantObservability } from './execution-role.ts';
import { grantPullOwnImages } from './host-role.ts';

/** What the models of trial endpoints run as: the kit's images and prepared models, logs and metrics. */
export function createTrialExecutionRole(scope: Construct, id: string, models: readonly BucketPrefix[]): Role {
  const role = new Role(scope, id, {
    path: ROLE_PATH,
    assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
    description: 'Runs the models of trial endpoints: their images, their files, their logs',
  });
  grantObservability(role, scope);
  grantPullOwnImages(role, scope);
  for (const prefix of models) grantReadPrefix(prefix, role);
  return role;
}
