/** What a host says about itself: `containers/hosts/trial_host.py` writes it, nothing outside the VPC can ask its server. */
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type LogsApi = Pick<CloudWatchLogs, 'getLogEvents'>;

export interface HostEvent {
  event: 'life' | 'booted' | 'image' | 'model' | 'started' | 'ready' | 'finished' | 'failed';
  atMs: number;
  [fact: string]: unknown;
}

/** An empty page may come before the last one; a host says a dozen things. */
const MAXIMUM_PAGES = 5;

export class HostLog {
  private readonly logs: LogsApi;
  private readonly group: string;

  /** @param group `hostLogGroup` of the Lab or the preparation site */
  constructor(logs: LogsApi, group: string) {
    this.logs = logs;
    this.group = group;
  }

  async events(instanceId: string): Promise<HostEvent[]> {
    const lines = await this.read(`${instanceId}/host`, true);
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as HostEvent];
      } catch {
        return []; // not of the script
      }
    });
  }

  /** The last lines of a container; empty when it never wrote. */
  async tail(instanceId: string, container: string): Promise<string> {
    return (await this.read(`${instanceId}/${container}`, false)).slice(-50).join('\n').slice(-4000);
  }

  private async read(logStreamName: string, startFromHead: boolean): Promise<string[]> {
    const lines: string[][] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MAXIMUM_PAGES; page++) {
      const answer = await unless(
        (error) => isNamed(error, 'ResourceNotFoundException'),
        null,
        () => this.logs.getLogEvents({ logGroupName: this.group, logStreamName, startFromHead, nextToken }),
      );
      if (answer === null) break;
      lines.push((answer.events ?? []).map(({ message }) => message ?? ''));
      const next = startFromHead ? answer.nextForwardToken : answer.nextBackwardToken;
      // The token of the end is the one that was sent.
      if (next === undefined || next === nextToken) break;
      nextToken = next;
    }
    return (startFromHead ? lines : lines.reverse()).flat();
  }
}
