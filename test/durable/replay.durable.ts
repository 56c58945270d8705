/** What a durable execution needs beyond the contract: changed code is refused, and long polls stay below the limits. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, Workflow } from '../../lib/core/ports/workflow.ts';
import { durableExecution } from '../support/durable-execution.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

type Crash = () => Promise<never>;
const one = (id: string) => (w: Workflow) => w.step(id, async () => id);
const each = (items: string[], crash?: Crash) => async (w: Workflow) => {
  const settled = await w.map('m', items, { concurrency: 1, key: (i) => i }, async (scope, item) => {
    const value = await scope.step('s', async () => item);
    if (item === items.at(-1)) await crash?.();
    return value;
  });
  return settled as unknown as Json;
};

describe('a replay of other code', () => {
  it.each([
    ['a renamed step', (c: Crash) => async (w: Workflow) => (await one('a')(w)) && (await c()), one('b')],
    [
      'a dropped step',
      (c: Crash) => async (w: Workflow) => (await one('a')(w)) + (await one('b')(w)) + (await c()),
      one('b'),
    ],
    ['items in another order', (c: Crash) => each(['x', 'y'], c), each(['y', 'x'])],
    [
      'a sleep where a step was',
      (c: Crash) => async (w: Workflow) => (await one('a')(w)) && (await c()),
      async (w: Workflow) => w.sleep('a', 1).then(() => 0),
    ],
  ])('fails on %s', async (_what, before, after) => {
    const x = durableExecution();
    await expect(x.run(before(x.crash))).rejects.toThrow('died');
    await expect(x.run(after)).rejects.toThrow(/Non-deterministic execution/);
  });

  it('goes on when the code is the same', async () => {
    const x = durableExecution();
    await expect(x.run(each(['x', 'y'], x.crash))).rejects.toThrow('died');
    expect(await x.run(each(['x', 'y']))).toMatchObject([{ value: 'x' }, { value: 'y' }]);
  });
});

it('a long poll looks less and less often, because each look is one of 3,000 operations', async () => {
  const waits: number[] = [];
  const x = durableExecution(false, (seconds) => {
    waits.push(seconds);
    return 0.01;
  });
  const next = (_: number, attempt: number) => (attempt >= 64 ? { done: true as const } : { waitSeconds: 2 });
  await x.run((w) => w.poll<number>('p', async (last) => (last ?? 0) + 1, next));
  expect(waits).toEqual([...Array(30).fill(2), ...Array(30).fill(10), ...Array(3).fill(30)]);
});
