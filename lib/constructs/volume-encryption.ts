import { Aws } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/**
 * Auto Scaling starts the instances with its service-linked role, which must be able to use the volume's key; otherwise
 * every launch ends at once with `Client.InternalError` ("Required KMS key policy for use with encrypted volumes" in the
 * guide of EC2 Auto Scaling). The role must exist: any Auto Scaling group ever made in the account has created it.
 */
export function letAutoScalingUse(key: IKey): void {
  const principals = [
    new ArnPrincipal(
      `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    ),
  ];
  const added = key.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
    }),
    true,
  );
  if (!added.statementAdded) return;
  key.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': true } },
    }),
  );
}
