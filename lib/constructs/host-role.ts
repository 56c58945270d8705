import { Aws, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { REPOSITORY_PREFIX, ROLE_PATH } from '../core/catalog/lab.ts';
import { type BucketPrefix, grantReadPrefix, grantWritePrefix } from './bucket-prefix.ts';

export interface HostRoleProps {
  /** What the host may read: start documents, models. */
  readonly reads: readonly BucketPrefix[];
  /**
   * Where the host may put what it made.
   *
   * @default - nowhere
   */
  readonly writes?: readonly BucketPrefix[];
  /** Log group of host and containers. */
  readonly logGroup: ILogGroup;
}

/** What an EC2 host may do: pull the kit's own images, read its prefixes, write its logs. It may ask nothing about the account. */
export function createHostRole(scope: Construct, id: string, props: HostRoleProps): Role {
  const role = new Role(scope, id, {
    path: ROLE_PATH,
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    description: 'EC2 host of a trial: its images, its files, its logs',
  });
  grantPullOwnImages(role, scope);
  for (const prefix of props.reads) grantReadPrefix(prefix, role);
  for (const prefix of props.writes ?? []) grantWritePrefix(prefix, role);
  props.logGroup.grantWrite(role);
  return role;
}

/** The kit's repositories of this account and region, by their common prefix, so that no stack depends on the one that made them. */
export function grantPullOwnImages(grantee: IGrantable, scope: Construct): void {
  Grant.addToPrincipal({ grantee, actions: ['ecr:GetAuthorizationToken'], resourceArns: ['*'] });
  Grant.addToPrincipal({
    grantee,
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    resourceArns: [
      `arn:${Aws.PARTITION}:ecr:${Stack.of(scope).region}:${Aws.ACCOUNT_ID}:repository/${REPOSITORY_PREFIX}*`,
    ],
  });
}
