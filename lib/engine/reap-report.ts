/** What a pass of the reaper found and left. */
import type { ListingFailure, ResourceKind } from '../core/ports/inventory.ts';

export interface Remnant {
  arn: string;
  kind: ResourceKind;
  why: string;
}

export interface Pending extends Remnant {
  /** Since its expiry; null where waiting is nobody's fault. */
  overdueSeconds: number | null;
}

export interface ReapReport {
  /** Absence confirmed by listing. */
  deleted: Remnant[];
  /** Obligations still open; the next pass goes on. */
  pending: Pending[];
  /** The cloud refused to delete these. */
  failed: Remnant[];
  /** Nobody can say whether these may go: unreadable or lost tags. Reported, never deleted. */
  unknown: Remnant[];
  /** What could not be listed, so that silence about it means nothing. */
  unlisted: ListingFailure[];
}

/** An endpoint stuck in Creating has been seen for hours; later than this after its expiry somebody should look. */
export const OVERDUE_SECONDS = 3600;

/** How much needs a person: the figure of the alarm. */
export function leaked({ pending, failed, unknown, unlisted }: ReapReport): number {
  const late = pending.filter(({ overdueSeconds }) => (overdueSeconds ?? 0) > OVERDUE_SECONDS).length;
  return late + failed.length + unknown.length + unlisted.length;
}

/** Everything that is, or may be, alive; one line each. Empty when all is gone. */
export function leftovers({ pending, failed, unknown, unlisted }: ReapReport): string[] {
  return [
    ...[...failed, ...unknown, ...pending].map(({ arn, why }) => `${arn} (${why})`),
    ...unlisted.map(({ source, error }) => `${source} failed: ${error}`),
  ];
}
