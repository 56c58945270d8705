/** What the policies find in the production stack and what stays. Growth is reviewed in the test beside. */
import type { Acknowledgement } from './policy/acknowledge.ts';

const ROLE_POLICY = 'Model/Role/DefaultPolicy';

/** @param modelPrefix `bucket/prefix/` of a model that is not packed; null for an archive or a parameter */
export function productionAcknowledgements(modelPrefix: string | null = null): Acknowledgement[] {
  return [
    {
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/*]',
      at: ROLE_POLICY,
      reason: 'SageMaker names the log group after the endpoint, whose name CloudFormation makes only later.',
    },
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      at: ROLE_POLICY,
      reason:
        'ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resources; the latter is bound to its namespace by a condition.',
    },
    ...(modelPrefix === null
      ? []
      : [
          {
            id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${modelPrefix}*]`,
            at: ROLE_POLICY,
            reason: 'An unpacked model is every object below its prefix, and nothing else of the bucket.',
          },
        ]),
  ];
}
