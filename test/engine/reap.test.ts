import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../lib/core/plan/tags.ts';
import type { CloudResource, ResourceKind } from '../../lib/core/ports/inventory.ts';
import { type ReapOptions, reap } from '../../lib/engine/reap.ts';
import { leaked, leftovers } from '../../lib/engine/reap-report.ts';
import { FakeInventory } from '../support/fake-inventory.ts';
import { nowMs, tagsOfRun } from '../support/reap.ts';

function resource(kind: ResourceKind, o: Partial<CloudResource> = {}): CloudResource {
  const name = o.name ?? `infersweep-${kind}`;
  return {
    kind,
    name,
    arn: `arn:${name}`,
    tags: tagsOfRun('r', 60),
    tagsError: null,
    state: 'live',
    status: 'Up',
    ...o,
  };
}

function pass(inventory: FakeInventory, o: Partial<ReapOptions> = {}) {
  const options = { scope: 'expired' as const, untilMs: nowMs + 600_000, pauseSeconds: 15, confirmations: 1, ...o };
  return reap({ inventory, clock: inventory.clock, wait: inventory.wait }, options);
}

const arns = (list: { arn: string }[]) => list.map(({ arn }) => arn);

describe('whom the reaper ends', () => {
  const lost = { 'aws:cloudformation:stack-name': 'Production' };
  it.each<[string, Partial<CloudResource>, 'deleted' | 'kept' | RegExp]>([
    ['expired', {}, 'deleted'],
    ['expiring this very moment', { tags: tagsOfRun('r', 0) }, 'deleted'],
    ['not yet expired', { tags: tagsOfRun('r', -1) }, 'kept'],
    ['without a run but of a stack', { tags: lost }, 'kept'],
    ['without tags', { tags: {} }, /carries no infersweep:run/],
    ['with only an expiry', { tags: { [tagKeys.expiresAt]: '2020-01-01T00:00:00Z' } }, /carries no infersweep:run/],
    ['with unreadable tags', { tags: null, tagsError: 'AccessDenied' }, /tags cannot be read: AccessDenied/],
    ['without an expiry', { tags: { [tagKeys.run]: 'r' } }, /no infersweep:expires-at/],
    ['with a mangled expiry', { tags: { [tagKeys.run]: 'r', [tagKeys.expiresAt]: 'soon' } }, /"soon" is not RFC 3339/],
  ])('%s', async (_, o, expected) => {
    const inventory = new FakeInventory([resource('instance', o)]);
    const report = await pass(inventory);
    expect(inventory.deleteCalls.length > 0).toBe(expected === 'deleted');
    expect(arns(report.deleted)).toEqual(expected === 'deleted' ? ['arn:infersweep-instance'] : []);
    expect(report.unknown.map(({ why }) => why)).toEqual(
      expected instanceof RegExp ? [expect.stringMatching(expected)] : [],
    );
    expect(leaked(report)).toBe(expected instanceof RegExp ? 1 : 0);
  });

  it('one run and no other, whatever its expiry', async () => {
    const mine = resource('instance', { name: 'mine', tags: tagsOfRun('mine', -600) });
    const other = resource('instance', { name: 'other', tags: tagsOfRun('other', 600) });
    const report = await pass(new FakeInventory([mine, other]), { scope: { runId: 'mine' } });
    expect(arns(report.deleted)).toEqual(['arn:mine']);
  });

  it('everything with a run when the guard itself goes, but still nothing without', async () => {
    const young = resource('instance', { name: 'young', tags: tagsOfRun('a', -600) });
    const undated = resource('instance', { name: 'undated', tags: { [tagKeys.run]: 'b' } });
    const untagged = resource('instance', { name: 'untagged', tags: {} });
    const report = await pass(new FakeInventory([young, undated, untagged]), { scope: 'everything' });
    expect(arns(report.deleted)).toEqual(['arn:young', 'arn:undated']);
    expect(arns(report.unknown)).toEqual(['arn:untagged']);
    expect(leftovers(report)).toHaveLength(1);
  });
});

describe('order', () => {
  const trio = () => [
    resource('schedule'),
    resource('model'),
    resource('endpoint-config'),
    resource('endpoint'),
    resource('instance'),
  ];

  it('is endpoint, configuration, model, and the deadline when all else is gone', async () => {
    const inventory = new FakeInventory(trio(), { deletionSeconds: 40 });
    const report = await pass(inventory);
    expect(inventory.deleteCalls).toEqual([
      'arn:infersweep-endpoint',
      'arn:infersweep-instance',
      'arn:infersweep-endpoint-config',
      'arn:infersweep-model',
      'arn:infersweep-schedule',
    ]);
    expect(report.deleted).toHaveLength(5);
  });

  it('does not let the deployments of one run wait for each other', async () => {
    const live = resource('endpoint', { tags: tagsOfRun('r', -600, 'one') });
    const config = resource('endpoint-config', { tags: tagsOfRun('r', 60, 'two') });
    const report = await pass(new FakeInventory([live, config]));
    expect(arns(report.deleted)).toEqual([config.arn]);
  });

  it('never pulls a configuration from under a live endpoint of its deployment, and calls that no leak', async () => {
    const live = resource('endpoint', { tags: tagsOfRun('r', -600, 'one') });
    const config = resource('endpoint-config', { tags: tagsOfRun('r', 7200, 'one') });
    const report = await pass(new FakeInventory([live, config]));
    expect(report.pending).toEqual([
      { arn: config.arn, kind: 'endpoint-config', why: 'waits for arn:infersweep-endpoint', overdueSeconds: null },
    ]);
    expect(leaked(report)).toBe(0);
  });
});

it('keeps a configuration while an endpoint nearby has unreadable tags: it may be its own', async () => {
  const secret = resource('endpoint', { tags: null, tagsError: 'AccessDenied' });
  const inventory = new FakeInventory([secret, resource('endpoint-config')]);
  await pass(inventory);
  expect(inventory.deleteCalls).toEqual([]);
});

describe('a listing that failed', () => {
  it('keeps what depends on that kind: the endpoint above may be alive', async () => {
    const trio = [
      resource('endpoint', { tags: tagsOfRun('r', -600) }),
      resource('endpoint-config'),
      resource('schedule'),
    ];
    const inventory = new FakeInventory(trio, { blind: { kind: 'endpoint', afterLists: 0 } });
    const report = await pass(inventory);
    expect(inventory.deleteCalls).toEqual([]);
    expect(report.pending.map(({ why }) => why)).toEqual([
      'waits for list endpoint, which failed',
      'waits for arn:infersweep-endpoint-config',
    ]);
  });

  it('is no proof that there is nothing: it looks again', async () => {
    const blind = { kind: 'instance' as const, afterLists: 0, untilLists: 1 };
    expect((await pass(new FakeInventory([resource('instance')], { blind }))).deleted).toHaveLength(1);
  });

  it('stops nothing else', async () => {
    const inventory = new FakeInventory([resource('instance')], { blind: { kind: 'endpoint', afterLists: 0 } });
    expect((await pass(inventory)).deleted).toHaveLength(1);
  });
});

describe('what cannot go at once', () => {
  it('keeps the obligation to an endpoint that is Creating open, without calling', async () => {
    const inventory = new FakeInventory([resource('endpoint', { state: 'busy', status: 'Creating' })]);
    const report = await pass(inventory);
    expect(inventory.deleteCalls).toEqual([]);
    expect(report.pending[0]).toMatchObject({ why: 'Creating: cannot be deleted before it settles' });
    expect(report.pending[0]!.overdueSeconds).toBeGreaterThan(600);
    expect(leaked(report)).toBe(0);
  });

  it('raises the alarm when it has been late for more than an hour', async () => {
    const stuck = { state: 'busy' as const, status: 'Creating', tags: tagsOfRun('r', 3601) };
    expect(leaked(await pass(new FakeInventory([resource('endpoint', stuck)])))).toBe(1);
  });

  it('takes "busy" from the delete call itself, too', async () => {
    const inventory = new FakeInventory([resource('endpoint')], { answers: { 'arn:infersweep-endpoint': 'busy' } });
    expect((await pass(inventory)).pending[0]).toMatchObject({ why: 'Up: cannot be deleted before it settles' });
  });

  it('goes on after a refusal, tries again, and names what is left', async () => {
    const inventory = new FakeInventory([resource('instance', { name: 'a' }), resource('instance', { name: 'b' })], {
      answers: { 'arn:a': new Error('AccessDenied') },
    });
    const report = await pass(inventory);
    expect(arns(report.deleted)).toEqual(['arn:b']);
    expect(report.failed).toEqual([{ arn: 'arn:a', kind: 'instance', why: 'Error: AccessDenied' }]);
    expect(inventory.deleteCalls.filter((arn) => arn === 'arn:a').length).toBeGreaterThan(1);
    expect(leaked(report)).toBe(1);
  });

  it('leaves other kinds to their owner, and to a person after an hour', async () => {
    const inventory = new FakeInventory([resource('other', { tags: tagsOfRun('r', 60) })]);
    const soon = await pass(inventory, { untilMs: nowMs });
    expect([inventory.deleteCalls, leaked(soon)]).toEqual([[], 0]);
    const late = await pass(new FakeInventory([resource('other', { tags: tagsOfRun('r', 4000) })]));
    expect(leaked(late)).toBe(1);
  });
});

describe('proof', () => {
  it('is a listing, not an accepted call', async () => {
    const inventory = new FakeInventory([resource('instance')], { deletionSeconds: 10_000 });
    const report = await pass(inventory);
    expect(report.deleted).toEqual([]);
    expect(report.pending[0]).toMatchObject({ why: 'Going: on its way out' });
  });

  it('is not a listing that failed', async () => {
    const inventory = new FakeInventory([resource('instance')], { blind: { kind: 'instance', afterLists: 1 } });
    const report = await pass(inventory);
    expect(report.deleted).toEqual([]);
    expect(report.pending[0]).toMatchObject({ why: 'absence not confirmed: list instance failed' });
    expect(report.unlisted).toHaveLength(1);
    expect(leaked(report)).toBe(1);
  });

  it('is asked for as often as wanted, because a young resource may not be listed yet', async () => {
    const inventory = new FakeInventory([resource('instance')], { hiddenForLists: 1 });
    expect((await pass(inventory, { confirmations: 2 })).deleted).toHaveLength(1);
    const hasty = new FakeInventory([resource('instance')], { hiddenForLists: 1 });
    expect((await pass(hasty)).deleted).toHaveLength(0);
  });

  it('does not wait longer than it may', async () => {
    const inventory = new FakeInventory([resource('endpoint', { state: 'busy' })]);
    await pass(inventory, { untilMs: nowMs + 60_000 });
    expect(inventory.clock.nowMs()).toBeLessThan(nowMs + 60_000);
  });
});
