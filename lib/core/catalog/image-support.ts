/** Which pins need replacing. Before a release only: a build that worked must not fail because a day has passed. */
import { dayNumber } from './day-number.ts';
import type { ImagesLock } from './image.ts';

export const WARN_DAYS = 30;

export interface SupportFinding {
  image: string;
  state: 'ending' | 'ended';
  /** Negative once it has ended. */
  daysLeft: number;
  message: string;
}

/** Pins whose support ends within 30 days or has ended, the most urgent first; frozen ones are kept knowingly. */
export function supportFindings(lock: ImagesLock, today: string): SupportFinding[] {
  return lock.images
    .flatMap(({ name, tag, endOfSupport, frozen }): SupportFinding[] => {
      if (frozen || endOfSupport === null) return [];
      const daysLeft = dayNumber(endOfSupport) - dayNumber(today);
      if (daysLeft > WARN_DAYS) return [];
      const state = daysLeft < 0 ? 'ended' : 'ending';
      const when = state === 'ended' ? `ended ${-daysLeft} days ago` : `ends in ${daysLeft} days`;
      const what = 'pin a newer tag in containers/images.lock.json, or freeze it with a reason';
      return [{ image: name, state, daysLeft, message: `${name}:${tag}: support ${when} (${endOfSupport}); ${what}` }];
    })
    .sort((a, b) => a.daysLeft - b.daysLeft);
}

/** Whether a release with these pins is refused. */
export function releaseRefused(findings: readonly SupportFinding[]): boolean {
  return findings.some((f) => f.state === 'ended');
}
