import { describe, expect, it } from 'vitest';
import type { Json, Workflow } from '../../lib/core/ports/workflow.ts';
import { MAX_RESULT_BYTES } from '../../lib/core/ports/workflow.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { combined, concurrencyOf, groupsOf, SHARD_GROUPS, shard, shardsOf } from '../../lib/engine/workflow/shard.ts';
import { cloudPlan } from '../support/cloud-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const names = (n: number, length = 30) => Array.from({ length: n }, (_, i) => `${i}-`.padEnd(length, 'x'));

describe('shards', () => {
  it.each([
    [1, 1],
    [SHARD_GROUPS, 1],
    [SHARD_GROUPS + 1, 2],
    [10_000, 20],
  ])('of %i groups are %i', (groups, shards) => {
    const ranges = shardsOf(names(groups));
    expect(ranges).toHaveLength(shards);
    expect(ranges[0]!.from).toBe(0);
    expect(ranges.at(-1)!.to).toBe(groups);
    for (const [i, { from }] of ranges.entries()) expect(from).toBe(i === 0 ? 0 : ranges[i - 1]!.to);
    for (const { from, to } of ranges) expect(to - from).toBeLessThanOrEqual(SHARD_GROUPS);
  });

  it('of no group are none', () => expect(shardsOf([])).toEqual([]));

  it('have fewer groups where names are long, so that the list fits in a durable result', async () => {
    const long = names(SHARD_GROUPS, 200);
    const ranges = shardsOf(long);
    expect(ranges.length).toBeGreaterThan(1);
    const plan = cloudPlan(SHARD_GROUPS);
    for (const [i, d] of plan.deployments.entries()) Object.assign(d, { group: long[i], preparation: 'p7' });
    const prepared = Array.from({ length: 10 }, (_, i) => ({ id: `p${i}`, made: null as never }));
    for (const range of ranges) {
      const listed = await listOf(plan, { ...range, concurrency: 1, prepared });
      expect(listed).toHaveLength(range.to - range.from);
      expect(JSON.stringify(listed).length).toBeLessThan(MAX_RESULT_BYTES);
      expect(listed[0]).toEqual({ group: long[range.from], uses: [7] });
    }
  });
});

describe('concurrency', () => {
  it('is one on this machine, alone or with others, and a constant in the cloud', () => {
    const cloud = cloudPlan(3);
    expect(concurrencyOf(cloud)).toBe(4);
    expect(concurrencyOf(emulatedPlan())).toBe(1);
    const mixed = { ...cloud, deployments: [...cloud.deployments, emulatedPlan().deployments[0]!] };
    expect(concurrencyOf(mixed)).toBe(1);
    expect(groupsOf(cloud)).toHaveLength(3);
  });
});

describe('the outcome of many', () => {
  it('counts every name that is left and lists the first hundred', () => {
    const left = names(80);
    const one = { state: 'done' as const, stopReason: null, recorded: 2, left, leftCount: 80 };
    expect(combined([one, one])).toEqual({
      state: 'done',
      stopReason: null,
      recorded: 4,
      left: [...left, ...left.slice(0, 20)],
      leftCount: 160,
    });
  });

  it.each([
    [['done', 'exhausted', 'stopped'], 'stopped'],
    [['done', 'exhausted'], 'exhausted'],
    [[], 'done'],
  ] as const)('of %j is %s', (states, state) => {
    expect(
      combined(states.map((s) => ({ state: s, stopReason: null, recorded: 0, left: [], leftCount: 0 }))).state,
    ).toBe(state);
  });
});

/** What the first step of a shard makes durable. */
async function listOf(plan: unknown, input: Parameters<typeof shard>[2]): Promise<{ group: string; uses: number[] }[]> {
  let listed: Json = null;
  const w: Partial<Workflow> = {
    path: 'p',
    step: async (_id, fn) => {
      const value = await fn({ attempt: 1, path: 'p/reserve' });
      listed = value;
      return value;
    },
    map: async () => [],
  };
  const ports = { store: { get: async () => JSON.stringify(plan) } } as unknown as EnginePorts;
  await shard(w as Workflow, ports, input);
  return listed as unknown as { group: string; uses: number[] }[];
}
