/**
 * The tags by which everything of a run is known, confined and found again. They are set in the create call itself: IAM
 * refuses a create without them, and nothing may exist for a moment that the reaper would not see.
 */
import { parseRfc3339 } from './rfc3339.ts';

export const tagKeys = {
  /** Id of the run; what carries it belongs to the kit, and only that may be deleted. */
  run: 'infersweep:run',
  /** RFC 3339; after this moment the reaper ends it. */
  expiresAt: 'infersweep:expires-at',
  experiment: 'infersweep:experiment',
  /** Groups what was made for one deployment: a configuration is not deleted below a live endpoint. */
  deployment: 'infersweep:deployment',
} as const;

/** How every name starts that the kit gives, so that what lost its tags is still noticed. */
export const namePrefix = 'infersweep-';

export type Tags = Readonly<Record<string, string>>;

export interface RunTags {
  runId: string;
  /** RFC 3339. */
  expiresAt: string;
  experiment: string;
  deployment?: string;
}

/** Tags of something made for a run, those of the experiment's `tags:` included; the kit's own win. */
export function runTags({ runId, expiresAt, experiment, deployment }: RunTags, own: Tags = {}): Record<string, string> {
  if (parseRfc3339(expiresAt) === null) {
    throw new Error(
      `expiry "${expiresAt}" is no moment in RFC 3339 (2026-01-31T12:00:00Z): the reaper could not read it.`,
    );
  }
  return {
    ...own,
    [tagKeys.run]: runId,
    [tagKeys.expiresAt]: expiresAt,
    [tagKeys.experiment]: experiment,
    ...(deployment === undefined ? {} : { [tagKeys.deployment]: deployment }),
  };
}
