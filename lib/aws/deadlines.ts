import type { Scheduler } from '@aws-sdk/client-scheduler';
import { parseRfc3339, rfc3339 } from '../core/plan/rfc3339.ts';
import { tagKeys } from '../core/plan/tags.ts';
import type { Deadlines } from '../core/ports/deadlines.ts';
import type { ListedResource, Target } from '../core/ports/target.ts';
import { deadlines as schedulesOf } from './reap/deadlines.ts';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type DeadlineApi = Pick<
  Scheduler,
  'createSchedule' | 'deleteSchedule' | 'getSchedule' | 'listSchedules' | 'updateSchedule'
>;

export interface SchedulerDeadlinesOptions {
  /** Of two principals: what arms may not disarm. */
  scheduler: DeadlineApi;
  /** All of the guard: the group, what is invoked, as whom, and where goes what could not be delivered. */
  groupName: string;
  reaperArn: string;
  roleArn: string;
  deadLetterArn: string;
}

/**
 * Scheduler's own defaults, said aloud (API reference, `RetryPolicy`): tries with growing pauses for a day, then the
 * dead-letter queue. The reaper may be invoked twice.
 */
const RETRY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** One-shot schedules that invoke the reaper and then delete themselves, each under the name of what it ends. */
export class SchedulerDeadlines implements Deadlines, Pick<Target, 'list' | 'destroy'> {
  private readonly o: SchedulerDeadlinesOptions;

  constructor(o: SchedulerDeadlinesOptions) {
    this.o = o;
  }

  async arm({ name, expiresAt, tags }: Parameters<Deadlines['arm']>[0]): Promise<void> {
    const { scheduler, groupName } = this.o;
    const schedule = this.schedule(name, expiresAt, tags);
    try {
      // The same for a try whose answer was lost; another expiry is another request.
      await scheduler.createSchedule({ ...schedule, ClientToken: clientToken(name, schedule.ScheduleExpression) });
    } catch (error) {
      if (!isNamed(error, 'ConflictException')) throw error;
      const armed = await scheduler.getSchedule({ GroupName: groupName, Name: name });
      // Never earlier than what it guards may live, and never moved back. The texts compare as the moments do.
      if ((armed.ScheduleExpression ?? '') < schedule.ScheduleExpression) await scheduler.updateSchedule(schedule);
    }
  }

  async disarm(name: string): Promise<void> {
    await unless(
      (error) => isNamed(error, 'ResourceNotFoundException'),
      undefined,
      () => this.o.scheduler.deleteSchedule({ GroupName: this.o.groupName, Name: name }),
    );
  }

  destroy(name: string): Promise<void> {
    return this.disarm(name);
  }

  async list(runId: string): Promise<ListedResource[]> {
    const { scheduler, groupName } = this.o;
    return (await schedulesOf(scheduler, groupName).list([]))
      .filter(({ tags }) => tags === null || tags[tagKeys.run] === runId)
      .map(({ arn, name, tagsError }) => ({
        kind: 'schedule',
        id: arn,
        name,
        endCommand: `aws scheduler delete-schedule --group-name ${groupName} --name ${name}`,
        ...(tagsError === null ? {} : { doubt: tagsError }),
      }));
  }

  private schedule(name: string, expiresAt: string, tags: { [key: string]: string }) {
    const { groupName, reaperArn, roleArn, deadLetterArn } = this.o;
    const atMs = parseRfc3339(expiresAt);
    if (atMs === null) {
      throw new Error(`the deadline of ${name} is "${expiresAt}", no moment in RFC 3339 (2026-01-31T12:00:00Z).`);
    }
    return {
      GroupName: groupName,
      Name: name,
      Description: `infersweep: ends ${name}`,
      // Its zone is a field of its own.
      ScheduleExpression: `at(${rfc3339(atMs).slice(0, -1)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      ActionAfterCompletion: 'DELETE' as const,
      Target: {
        Arn: reaperArn,
        RoleArn: roleArn,
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: RETRY,
        // A schedule carries no tags: by these the reaper and a listing know whose it is.
        Input: JSON.stringify(tags),
      },
    };
  }
}

/** At most 64 characters of [a-zA-Z0-9-_]; a name of the kit has at most 63 and ends in a hash. */
function clientToken(name: string, expression: string): string {
  const moment = expression.replace(/\D/g, '');
  return `${moment}-${name.slice(-(63 - moment.length))}`;
}
