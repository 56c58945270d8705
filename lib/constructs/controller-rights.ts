import { Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { GUARD_PARAMETER } from '../core/catalog/guard.ts';
import { LAB_PARAMETER } from '../core/catalog/lab.ts';

/** Digests of images, and where models are prepared. */
const IMAGE_PARAMETERS = '/infersweep/images/*';

/**
 * Whatever a controller reads, makes and ends it does by Guard's roles, plans and records included: itself it may only take
 * them on, and read where everything is.
 */
export function controllerRights(scope: Construct, roles: readonly IRole[]): PolicyStatement[] {
  const parameters = [GUARD_PARAMETER, LAB_PARAMETER, IMAGE_PARAMETERS].map((name) =>
    Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) }),
  );
  return [
    new PolicyStatement({ actions: ['sts:AssumeRole'], resources: roles.map(({ roleArn }) => roleArn) }),
    new PolicyStatement({ actions: ['ssm:GetParameters'], resources: parameters }),
  ];
}
