/** CloudWatch Logs of endpoints: group `/aws/sagemaker/Endpoints/NAME`, stream `VARIANT/INSTANCE`. Other groups are `otherwise`'s. */
import { jsonService, type Service, unknownOperation } from '../service.ts';
import { ServiceError } from '../world.ts';
import type { SagemakerHosting } from './sagemaker-hosting.ts';

const GROUPS = '/aws/sagemaker/Endpoints/';
const STREAM = 'AllTraffic/i-0123456789abcdef0';

interface Body {
  logGroupName: string;
  logStreamName?: string;
  limit?: number;
}

export function endpointLogs(hosting: SagemakerHosting, otherwise?: Service): Service {
  const own = jsonService('logs', (_world, operation, { logGroupName, logStreamName, limit = 10_000 }: Body) => {
    const lines = hosting.logs.get(logGroupName.slice(GROUPS.length));
    // The group comes into being with the container's first line.
    if (!lines?.length || (logStreamName !== undefined && logStreamName !== STREAM)) {
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    if (operation === 'DescribeLogStreams') return { logStreams: [{ logStreamName: STREAM }] };
    if (operation === 'GetLogEvents')
      return { events: lines.slice(-limit), nextForwardToken: 'f/e', nextBackwardToken: 'b/e' };
    throw unknownOperation(operation);
  });
  return {
    ...own,
    answer: (world, operation, request) => {
      const { logGroupName } = JSON.parse(request.body.toString() || '{}') as Body;
      const handler = otherwise && !logGroupName?.startsWith(GROUPS) ? otherwise : own;
      return handler.answer(world, operation, request);
    },
  };
}
