/** What tells why a host or an endpoint did not start: the logs that a controller reads. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { namePrefix } from '../core/plan/tags.ts';

/** The streams of hosts are known by the instances' ids: nothing has to be listed. */
export function readHostLogs(logGroup: ILogGroup): PolicyStatement {
  return new PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [logGroup.logGroupArn] });
}

/** SageMaker names a group after its endpoint, and streams by itself. */
export function readEndpointLogs(scope: Construct): PolicyStatement {
  const groups = `/aws/sagemaker/Endpoints/${namePrefix}*`;
  return new PolicyStatement({
    actions: ['logs:DescribeLogStreams', 'logs:GetLogEvents'],
    resources: [
      Stack.of(scope).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: groups,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });
}
