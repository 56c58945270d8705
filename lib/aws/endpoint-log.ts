/** What the container of an endpoint wrote: `/aws/sagemaker/Endpoints/<endpoint>`, one stream for each instance. */
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type EndpointLogsApi = Pick<CloudWatchLogs, 'describeLogStreams' | 'getLogEvents'>;

/** The last lines; empty when the container never wrote. */
export async function endpointTail(logs: EndpointLogsApi, endpoint: string): Promise<string> {
  const logGroupName = `/aws/sagemaker/Endpoints/${endpoint}`;
  return unless(
    (error) => isNamed(error, 'ResourceNotFoundException'),
    '',
    async () => {
      const { logStreams } = await logs.describeLogStreams({
        logGroupName,
        orderBy: 'LastEventTime',
        descending: true,
        limit: 1,
      });
      const logStreamName = logStreams?.[0]?.logStreamName;
      if (logStreamName === undefined) return '';
      const { events } = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: false, limit: 50 });
      return (events ?? [])
        .map(({ message }) => message ?? '')
        .join('\n')
        .slice(-4000);
    },
  );
}
