/** CloudWatch Logs, as far as hosts write and controllers read: GetLogEvents of the API reference. */
import { jsonService, type Service, unknownOperation } from '../service.ts';
import { ServiceError } from '../world.ts';

export type Streams = ReadonlyMap<string, readonly { timestamp: number; message: string }[]>;

export function hostLogs(streams: Streams): Service {
  return jsonService('logs', (_world, operation, { logStreamName }: { logStreamName: string }) => {
    if (operation !== 'GetLogEvents') throw unknownOperation(operation);
    const events = streams.get(logStreamName);
    if (!events) throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
    // The end of a stream gives back the token that was sent; the first page has none to give back.
    return { events, nextForwardToken: 'f/end', nextBackwardToken: 'b/end' };
  });
}
