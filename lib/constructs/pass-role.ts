import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** To hand over these roles, to one service only: `iam:PassedToService` is what keeps a role from being worn by anything else. */
export function passRoles(roles: readonly IRole[], service: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: roles.map((role) => role.roleArn),
    conditions: { StringEquals: { 'iam:PassedToService': service } },
  });
}
