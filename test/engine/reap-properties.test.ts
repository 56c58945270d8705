import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../lib/core/plan/tags.ts';
import type { CloudResource, DeleteAnswer, ResourceKind } from '../../lib/core/ports/inventory.ts';
import { reap } from '../../lib/engine/reap.ts';
import { leaked } from '../../lib/engine/reap-report.ts';
import { FakeInventory } from '../support/fake-inventory.ts';
import { nowMs, tagsOfRun } from '../support/reap.ts';

const kinds: ResourceKind[] = ['endpoint', 'endpoint-config', 'model', 'instance', 'task', 'schedule', 'other'];

/** Some expire while the pass runs. */
const tags: fc.Arbitrary<CloudResource['tags']> = fc.oneof(
  { weight: 6, arbitrary: tagged(fc.integer({ min: -400, max: 8000 })) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ [tagKeys.run]: 'a' }) },
  { weight: 1, arbitrary: fc.constant({ [tagKeys.run]: 'a', [tagKeys.expiresAt]: 'soon' }) },
);

function tagged(expiredSecondsAgo: fc.Arbitrary<number>) {
  return fc
    .tuple(fc.constantFrom('a', 'b'), expiredSecondsAgo, fc.constantFrom(undefined, 'one', 'two'))
    .map(([run, seconds, deployment]) => tagsOfRun(run, seconds, deployment));
}

const resource = fc.record({
  kind: fc.constantFrom(...kinds),
  tags,
  tagsError: fc.constant('AccessDenied'),
  state: fc.constantFrom<CloudResource['state'][]>('live', 'live', 'live', 'busy', 'ending'),
  status: fc.constant('Up'),
});

const world = fc.record({
  resources: fc
    .array(resource, { maxLength: 12 })
    .map((all) => all.map((r, i): CloudResource => ({ ...r, name: `infersweep-${i}`, arn: `arn:${i}` }))),
  refusals: fc.dictionary(
    fc.integer({ min: 0, max: 11 }).map((i) => `arn:${i}`),
    fc.constantFrom('busy', 'error'),
  ),
  deletionSeconds: fc.integer({ min: 0, max: 200 }),
  blind: fc.option(fc.record({ kind: fc.constantFrom(...kinds), afterLists: fc.integer({ min: 0, max: 4 }) }), {
    nil: undefined,
  }),
  confirmations: fc.integer({ min: 1, max: 2 }),
});

function expiryMs({ tags: found }: CloudResource): number {
  return Date.parse(found?.[tagKeys.expiresAt] ?? '');
}

describe('the reaper, whatever the cloud does', () => {
  it('touches nothing that is not tagged and expired, and reports everything that is left', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ resources, refusals, deletionSeconds, blind, confirmations }) => {
        const answers = Object.fromEntries(
          Object.entries(refusals).map(([arn, kind]) => [arn, kind === 'busy' ? 'busy' : new Error('no')]),
        ) as Record<string, DeleteAnswer | Error>;
        const inventory = new FakeInventory(resources, { deletionSeconds, blind, answers });
        const options = { scope: 'expired' as const, untilMs: nowMs + 300_000, pauseSeconds: 15, confirmations };
        const report = await reap({ inventory, clock: inventory.clock, wait: inventory.wait }, options);
        const endMs = inventory.clock.nowMs();
        const byArn = new Map(resources.map((r) => [r.arn, r]));

        for (const arn of inventory.deleteCalls) {
          const { tags: found, kind } = byArn.get(arn)!;
          expect(found?.[tagKeys.run]).toBeDefined();
          expect(expiryMs(byArn.get(arn)!)).toBeLessThanOrEqual(endMs);
          expect(kind).not.toBe('other');
        }
        expect(inventory.mistakes).toEqual([]);
        const { deleted, pending, failed, unknown, unlisted } = report;
        const lists = [deleted, pending, failed, unknown].map((list) => list.map(({ arn }) => arn));
        const named = lists.flat();
        expect(new Set(named).size).toBe(named.length);
        // Nothing that is alive is called deleted, whatever the listings could see.
        for (const { arn } of deleted) expect(inventory.alive.has(arn)).toBe(false);
        if (unlisted.length > 0) expect(leaked(report)).toBeGreaterThan(0);
        for (const [arn, { kind, tags: found }] of inventory.alive) {
          if (unlisted.some(({ kinds: hidden }) => hidden.includes(kind))) continue;
          const original = byArn.get(arn)!;
          const mustGo = found?.[tagKeys.run] !== undefined && expiryMs(original) <= endMs;
          const doubtful = found === null || !(expiryMs(original) > endMs);
          if (mustGo || doubtful) expect(named).toContain(arn);
          if (!mustGo && doubtful) expect(unknown.map((r) => r.arn)).toContain(arn);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('ends all that is expired when nothing refuses', async () => {
    const expired = fc.record({
      kinds: fc.array(fc.constantFrom(...kinds.slice(0, 6)), { maxLength: 10 }),
      tags: fc.array(tagged(fc.integer({ min: 0, max: 8000 })), { minLength: 10, maxLength: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(expired, async (found) => {
        const resources = found.kinds.map(
          (kind, i): CloudResource => ({
            kind,
            name: `infersweep-${i}`,
            arn: `arn:${i}`,
            tags: found.tags[i]!,
            tagsError: null,
            state: 'live',
            status: 'Up',
          }),
        );
        const inventory = new FakeInventory(resources, { deletionSeconds: 20 });
        const options = { scope: 'expired' as const, untilMs: nowMs + 600_000, pauseSeconds: 15, confirmations: 1 };
        const report = await reap({ inventory, clock: inventory.clock, wait: inventory.wait }, options);
        expect(inventory.alive.size).toBe(0);
        expect(report.deleted).toHaveLength(resources.length);
        expect(leaked(report)).toBe(0);
      }),
    );
  });
});
