/** What tests of the reaper say often. */
import { tagKeys } from '../../lib/core/plan/tags.ts';

export const nowMs = Date.parse('2026-01-31T12:00:00Z');

/** Tags of a run that expired (negative: will expire) so many seconds before `nowMs`. */
export function tagsOfRun(run: string, expiredSecondsAgo: number, deployment?: string): Record<string, string> {
  return {
    [tagKeys.run]: run,
    [tagKeys.expiresAt]: new Date(nowMs - expiredSecondsAgo * 1000).toISOString(),
    [tagKeys.experiment]: 'e',
    ...(deployment ? { [tagKeys.deployment]: deployment } : {}),
  };
}
