import type { Scheduler } from '@aws-sdk/client-scheduler';
import { tagKeys } from '../../core/plan/tags.ts';
import type { CloudResource } from '../../core/ports/inventory.ts';
import { pages } from '../pages.ts';
import { isNamed, type KindAdapter, nameIn, unless } from './kind-adapter.ts';

export type SchedulerApi = Pick<Scheduler, 'listSchedules' | 'getSchedule' | 'deleteSchedule'>;

/**
 * The one-shot schedules of the guard's own group. Schedules cannot carry tags, so what a deadline hands the reaper
 * carries the same keys: its input is `runTags(…)` as JSON.
 */
export function deadlines(api: SchedulerApi, group: string): KindAdapter {
  return {
    kind: 'schedule',
    source: 'scheduler:ListSchedules',
    owns: (arn) => /^arn:[^:]+:scheduler:/.test(arn),
    async list() {
      const found: CloudResource[] = [];
      const all = pages(
        (NextToken) => api.listSchedules({ GroupName: group, NextToken }),
        ({ NextToken }) => NextToken,
      );
      for await (const { Schedules } of all) {
        for (const { Arn, Name, State } of Schedules ?? []) {
          const tags = await unless(isGone, 'gone' as const, () => readTags(api, group, Name!));
          if (tags === 'gone') continue;
          found.push({ kind: 'schedule', arn: Arn!, name: Name!, state: 'live', status: State!, ...tags });
        }
      }
      return found;
    },
    delete: ({ arn }) =>
      unless(isGone, 'gone' as const, () =>
        api.deleteSchedule({ GroupName: group, Name: nameIn(arn) }).then(() => 'accepted' as const),
      ),
  };
}

async function readTags(
  api: SchedulerApi,
  GroupName: string,
  Name: string,
): Promise<Pick<CloudResource, 'tags' | 'tagsError'>> {
  const { Target } = await api.getSchedule({ GroupName, Name });
  try {
    const input: unknown = JSON.parse(Target?.Input ?? '');
    if (typeof (input as Record<string, unknown> | null)?.[tagKeys.run] === 'string') {
      return { tags: input as Record<string, string>, tagsError: null };
    }
  } catch {
    // Said below.
  }
  return { tags: null, tagsError: `its input names no ${tagKeys.run}` };
}

/** It fired and deleted itself. */
function isGone(error: unknown): boolean {
  return isNamed(error, 'ResourceNotFoundException');
}
