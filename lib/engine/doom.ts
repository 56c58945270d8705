/** Who has to go: the reaper's judgement of one listing. Pure. */
import { parseRfc3339 } from '../core/plan/rfc3339.ts';
import { namePrefix, tagKeys } from '../core/plan/tags.ts';
import type { CloudResource, Listing } from '../core/ports/inventory.ts';

/** `everything`: the stack that guards goes, so nothing may stay. */
export type ReapScope = 'expired' | 'everything' | { runId: string };

/** `{ "forceRun": "<run id>" }` ends a run before its time; whatever else invokes the reaper means a pass. */
export function scopeOf(event: unknown): ReapScope {
  const run = (event as { forceRun?: unknown } | null)?.forceRun;
  return typeof run === 'string' && run !== '' ? { runId: run } : 'expired';
}

export type Verdict = { is: 'kept' } | { is: 'doomed' } | { is: 'unknown'; why: string };

const KEPT: Verdict = { is: 'kept' };
const DOOMED: Verdict = { is: 'doomed' };

export function verdictOn({ tags, tagsError, name }: CloudResource, scope: ReapScope, nowMs: number): Verdict {
  if (tags === null) return { is: 'unknown', why: `tags cannot be read: ${tagsError ?? 'no reason given'}` };
  const run = tags[tagKeys.run];
  if (run === undefined) {
    // A stack of the user may name its resources as it likes; CloudFormation marks them, and they end with their stack.
    if (tags['aws:cloudformation:stack-name'] !== undefined) return KEPT;
    return {
      is: 'unknown',
      why: `"${name}" starts with ${namePrefix} but carries no ${tagKeys.run}: its tags were lost`,
    };
  }
  if (scope === 'everything') return DOOMED;
  if (scope !== 'expired') return run === scope.runId ? DOOMED : KEPT;
  const expiresAt = tags[tagKeys.expiresAt];
  const expiresAtMs = parseRfc3339(expiresAt ?? '');
  if (expiresAtMs !== null) return expiresAtMs <= nowMs ? DOOMED : KEPT;
  return {
    is: 'unknown',
    why: expiresAt === undefined ? `no ${tagKeys.expiresAt}` : `${tagKeys.expiresAt} "${expiresAt}" is not RFC 3339`,
  };
}

/** Seconds since it should have been gone; null when its tags do not say. */
export function overdueSeconds({ tags }: CloudResource, nowMs: number): number | null {
  const expiresAtMs = parseRfc3339(tags?.[tagKeys.expiresAt] ?? '');
  return expiresAtMs === null ? null : Math.max(0, (nowMs - expiresAtMs) / 1000);
}

/** A configuration must outlive its endpoint, a model both, and the deadline of a run all that it watches. */
const BELOW: Partial<Record<CloudResource['kind'], ReadonlyArray<CloudResource['kind']>>> = {
  'endpoint-config': ['endpoint'],
  model: ['endpoint', 'endpoint-config'],
  schedule: ['endpoint', 'endpoint-config', 'model', 'instance', 'task', 'other'],
};

/** What must be seen to be gone before this may be deleted, for print; null when nothing must. */
export function blockerOf(resource: CloudResource, { resources, failures }: Listing): string | null {
  const kinds = BELOW[resource.kind];
  if (!kinds) return null;
  const above = resources.find((other) => kinds.includes(other.kind) && mayNeed(other, resource));
  if (above) return above.arn;
  const unseen = failures.find((failure) => failure.kinds.some((kind) => kinds.includes(kind)));
  return unseen ? `${unseen.source}, which failed` : null;
}

function mayNeed(other: CloudResource, resource: CloudResource): boolean {
  // Whose tags cannot be read may belong to anything.
  if (!other.tags || !resource.tags) return true;
  if (resource.tags[tagKeys.run] !== other.tags[tagKeys.run]) return false;
  if (resource.kind === 'schedule') return true;
  const [one, two] = [resource.tags[tagKeys.deployment], other.tags[tagKeys.deployment]];
  return one === undefined || two === undefined || one === two;
}
