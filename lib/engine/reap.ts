/**
 * The dead man's switch: ends what outlived its expiry, whoever made it, and says what is left. It shares nothing with
 * the life cycle, so that it works when that does not. Only a listing proves that something is gone.
 */
import type { Clock } from '../core/ports/clock.ts';
import type { CloudResource, DeleteAnswer, Inventory, Listing } from '../core/ports/inventory.ts';
import { blockerOf, overdueSeconds, type ReapScope, verdictOn } from './doom.ts';
import type { Pending, ReapReport } from './reap-report.ts';

export interface ReapPorts {
  inventory: Inventory;
  clock: Clock;
  wait(seconds: number): Promise<void>;
}

export interface ReapOptions {
  scope: ReapScope;
  /** No round starts after this moment; what is left then is reported. */
  untilMs: number;
  /** Between two listings. */
  pauseSeconds: number;
  /** Listings in a row that must show nothing to end before that is believed: they are eventually consistent. */
  confirmations: number;
}

/** What a pass remembers from round to round, by ARN. */
interface Memory {
  doomed: Map<string, CloudResource>;
  answers: Answers;
}

/** What the delete calls of the last round came to, by ARN. */
type Answers = Map<string, DeleteAnswer | { refusal: string }>;

export async function reap({ inventory, clock, wait }: ReapPorts, options: ReapOptions): Promise<ReapReport> {
  const memory: Memory = { doomed: new Map(), answers: new Map() };
  for (let quiet = 0; ; ) {
    const listing = await inventory.list();
    const doomed = listing.resources.filter((r) => verdictOn(r, options.scope, clock.nowMs()).is === 'doomed');
    for (const resource of doomed) memory.doomed.set(resource.arn, resource);
    memory.answers = await endAll(inventory, doomed, listing);
    quiet = doomed.length === 0 && listing.failures.length === 0 ? quiet + 1 : 0;
    const outOfTime = clock.nowMs() + options.pauseSeconds * 1000 >= options.untilMs;
    if (quiet >= options.confirmations || outOfTime) return reportOf(listing, memory, options.scope, clock.nowMs());
    await wait(options.pauseSeconds);
  }
}

/** One refusal does not stop the others. */
async function endAll(inventory: Inventory, doomed: readonly CloudResource[], listing: Listing): Promise<Answers> {
  const answers: Answers = new Map();
  for (const resource of doomed) {
    if (resource.state !== 'live' || resource.kind === 'other' || blockerOf(resource, listing) !== null) continue;
    try {
      answers.set(resource.arn, await inventory.delete(resource));
    } catch (error) {
      answers.set(resource.arn, {
        refusal: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      });
    }
  }
  return answers;
}

function reportOf(listing: Listing, memory: Memory, scope: ReapScope, nowMs: number): ReapReport {
  const report: ReapReport = { deleted: [], pending: [], failed: [], unknown: [], unlisted: listing.failures };
  const listed = new Set(listing.resources.map(({ arn }) => arn));
  for (const resource of listing.resources) {
    const verdict = verdictOn(resource, scope, nowMs);
    const { arn, kind } = resource;
    const answer = memory.answers.get(arn);
    if (verdict.is === 'unknown') report.unknown.push({ arn, kind, why: verdict.why });
    else if (typeof answer === 'object') report.failed.push({ arn, kind, why: answer.refusal });
    else if (verdict.is === 'doomed') report.pending.push(pendingOf(resource, answer, listing, nowMs));
  }
  for (const resource of memory.doomed.values()) {
    if (listed.has(resource.arn)) continue;
    const { arn, kind } = resource;
    const blind = listing.failures.find(({ kinds }) => kinds.includes(kind));
    if (!blind) report.deleted.push({ arn, kind, why: 'no listing shows it any more' });
    else {
      const why = `absence not confirmed: ${blind.source} failed`;
      report.pending.push({ arn, kind, why, overdueSeconds: overdueSeconds(resource, nowMs) });
    }
  }
  return report;
}

function pendingOf(
  resource: CloudResource,
  answer: DeleteAnswer | undefined,
  listing: Listing,
  nowMs: number,
): Pending {
  const { arn, kind, state, status } = resource;
  const blocker = blockerOf(resource, listing);
  // What waits for another is no leak of its own: it costs nothing, and the other is reported.
  if (blocker !== null) return { arn, kind, why: `waits for ${blocker}`, overdueSeconds: null };
  const why =
    kind === 'other'
      ? 'the reaper cannot delete this kind; it goes with its owner, or by hand'
      : state === 'busy' || answer === 'busy'
        ? `${status}: cannot be deleted before it settles`
        : state === 'ending'
          ? `${status}: on its way out`
          : 'deletion asked for, still listed';
  return { arn, kind, why, overdueSeconds: overdueSeconds(resource, nowMs) };
}
