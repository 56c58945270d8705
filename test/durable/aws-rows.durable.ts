/**
 * The rows of the fault matrix that are the carrier's own, on durable executions. Rows 3 to 15, 17 and 21 to 25, which no
 * carrier may change, are in `carried-rows.durable.ts`. What is another thing here than on the journal:
 *
 * | row | on the journal | on a durable execution |
 * |---|---|---|
 * | 1 | a write of the journal is where the controller dies | a checkpoint is where its invocation does |
 * | 2 | nobody resumes | the execution is stopped, or runs out of its time: neither runs a teardown |
 * | 17 | a torn journal | Lambda keeps the state; what can be torn is the result of a load, which is in the other file |
 * | 18 | an edited plan is refused by `resume` | so it is, before an execution starts; one that is edited in the bucket under it, by the execution itself |
 * | 19 | a huge matrix is refused before anything begins | so it is, by the same code; the carrier's own limit is 3,000 operations |
 * | 20 | a second controller finds a lease | a second start of the name is the first (test/aws/sweep-execution.test.ts); another execution, or a terminal, may still be beside it |
 * | 25 | a signal | a flag, which is a fact like any other; a second Ctrl-C ends only whoever watches |
 */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { durableHandler } from '../../lib/aws/durable/durable-handler.ts';
import type { Json } from '../../lib/core/ports/workflow.ts';
import { SHARD_GROUPS } from '../../lib/engine/workflow/shard.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { cloudPlan } from '../support/aws/cloud-plan.ts';
import { CloudRun } from '../support/aws/cloud-run.ts';
import { sharedDynamo } from '../support/aws/cut-rows.ts';
import { carriedByDurable, liveOnDurable, operationsIn } from '../support/aws/durable-run.ts';
import { BRIEF, calls, deleteGuard, ended, ON_EC2, outcomes, SOON } from '../support/aws/fault-rows.ts';
import { CARRIED_ROWS } from '../support/aws/rows/all.ts';
import { atAnotherTime } from '../support/aws/rows/clock.ts';
import { carryRow } from '../support/aws/rows/row.ts';
import { ServiceError } from '../support/aws/world.ts';
import { CloudWorld, cloudPlan as worldPlan } from '../support/cloud-world.ts';
import { mortal } from '../support/mortal-durable.ts';

const dynamo = sharedDynamo();
// Real timers: a replay that time is skipped for proves nothing.
beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

let run: CloudRun;
/** Of this test; rows that are carried whole close their own. */
let open: CloudRun | null = null;
afterEach(async () => {
  await open?.close();
  open = null;
});

const start = async (overrides: Record<string, unknown>, o: Parameters<typeof CloudRun.start>[1] = BRIEF) => {
  run = await CloudRun.start(cloudPlan(overrides), { dynamo: dynamo(), ...o });
  open = run;
  return run;
};
const CLEAN = { alive: [], unlisted: [] };
const valid = [expect.stringMatching(/ valid$/)];
const BOTH = [
  ['SageMaker', {}],
  ['EC2', ON_EC2],
] as const;
/** Of one durable execution (durable.md, §2). */
const MOST_OPERATIONS = 3000;
/** Longer than anything of these plans may live. */
const TTL_SECONDS = 3 * 3600;

describe('on a durable execution', { timeout: 240_000 }, () => {
  it.each(BOTH)('a run measures, tears down, and writes its receipt: %s', async (_where, overrides) => {
    const end = await liveOnDurable(await start(overrides));
    expect(end).toMatchObject({ error: null, outcome: { state: 'done' }, receipt: CLEAN });
    expect(await outcomes(run)).toEqual(valid);
    await run.invariants();
  });

  it.each(BOTH)('so it does when every wait suspends it: %s', async (_where, overrides) => {
    const end = await liveOnDurable(await start(overrides), { isSuspended: true });
    expect(end).toMatchObject({ error: null, outcome: { state: 'done' }, receipt: CLEAN });
    // Start, check and load are waited for.
    expect(end.invocations).toBeGreaterThan(4);
    expect(await outcomes(run)).toEqual(valid);
    await run.invariants();
  });

  it.each(BOTH)('row 1: an invocation that dies at any checkpoint changes nothing: %s', async (_where, overrides) => {
    let deaths = 0;
    for (let at = 1, written = at; at <= written; at += 2) {
      const side = deaths % 2 === 0 ? 'before' : 'after';
      const end = await liveOnDurable(await start(overrides), { death: { at, side } });
      const where = `${side} checkpoint ${at}`;
      expect(end, where).toMatchObject({ error: null, outcome: { state: 'done' }, receipt: CLEAN });
      expect(await outcomes(run), where).toEqual(valid);
      await run.invariants();
      await run.close();
      written = end.checkpoints;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(10);
    await start({});
  });

  const cut = CARRIED_ROWS.filter(({ name }) => /^row (6|10: .* without|15|17: .* costs|23|24: what)/.test(name));
  it.each(cut.map((row) => [row.name, row] as const))('row 1 in %s', async (_name, row) => {
    for (const [at, side] of [
      [9, 'before'],
      [17, 'after'],
    ] as const) {
      await carryRow(row, (own) => carriedByDurable(own, { death: { at, side } }), dynamo());
    }
  });

  it.each(BOTH)(
    'row 2: stopped for ever anywhere, deadline and reaper end everything: %s',
    async (_where, overrides) => {
      for (const at of [4, 8, 12, 16, 20]) {
        const end = await liveOnDurable(await start(overrides), { death: { at, side: 'after', forEver: true } });
        expect(end.error, `at ${at}`).toBe('stopped');
        await run.reapFor(TTL_SECONDS);
        await run.invariants({ ended: false });
        await run.close();
      }
      await start({});
    },
  );

  it.each(BOTH)('row 2: stopped under load, the deadline alone is enough: %s', async (_where, overrides) => {
    await start(overrides);
    const death = { when: () => calls(run, 'ecs:RunTask') === 2, side: 'after', forEver: true } as const;
    const end = await liveOnDurable(run, { death });
    expect(end.error).toBe('stopped');
    expect(run.world.alive().length).toBeGreaterThan(2);
    await run.firing.elapse(TTL_SECONDS);
    expect(run.world.calls).toContain('lambda:Invoke');
    expect(run.world.alive()).toEqual([]);
  });

  it.each(BOTH)('row 16: a clock that is wrong changes nothing on %s', async (_where, overrides) => {
    const right = await atAnotherTime(carriedByDurable, 0, overrides, dynamo());
    expect(right).toMatchObject({ outcome: 'valid', deadlineSeconds: expect.any(Number) });
    for (const skewMs of [3_600_000, -3_600_000]) {
      expect(await atAnotherTime(carriedByDurable, skewMs, overrides, dynamo())).toEqual(right);
    }
  });

  const edits: [string, (text: string) => string][] = [
    ['half of it', (text) => text.slice(0, text.length / 2)],
    ['no deployments', (text) => JSON.stringify({ ...JSON.parse(text), deployments: [], trials: [] })],
    ['dearer', (text) => JSON.stringify({ ...JSON.parse(text), budget: { usd: 1000, hours: null } })],
  ];
  it.each(edits)('row 18: a plan that becomes %s under it ends it in words, with nothing left', async (_what, edit) => {
    for (const pause of [1, 3]) {
      const during = (own: CloudRun, pauses: number) => {
        const key = `runs/${own.runId}/plan.json`;
        if (pauses === pause) own.put('results', key, edit(own.object('results', key)!));
      };
      const end = await liveOnDurable(await start({}, { ...BRIEF, during }), { isSuspended: true });
      expect(end.error, `at pause ${pause}`).toMatch(/plan\.json is not the one that was started/);
      expect(end.receipt).toMatchObject(CLEAN);
      expect(await outcomes(run)).toEqual([]);
      await run.invariants({ ended: false });
      await run.close();
    }
    await start({});
  });

  it('row 19: a shard of as many groups as one may have stays below the operations of an execution', async () => {
    const [ten, forty] = [await operationsOfShard(10), await operationsOfShard(40)];
    const each = (forty - ten) / 30;
    expect(ten + (SHARD_GROUPS - 10) * each).toBeLessThan(MOST_OPERATIONS);
  });

  it.each([
    ['another execution', async (own: CloudRun) => (await liveOnDurable(own, { number: 2 })).error],
    ['a controller with a lease', async (own: CloudRun) => ended(await own.live()).error],
  ])('row 20: %s beside it makes no second record, and leaves nothing behind', async (_what, second) => {
    await start({}, SOON);
    const [first, other] = await Promise.all([liveOnDurable(run), second(run)]);
    expect([first.error, other]).toEqual([null, null]);
    expect(await outcomes(run)).toEqual(valid);
    await run.invariants();
  });

  it.each(BOTH)(
    'row 26: stopped, and the guard’s stack is deleted: everything is gone first: %s',
    async (_where, overrides) => {
      for (const at of [6, 12, 18]) {
        const end = await liveOnDurable(await start(overrides), { death: { at, side: 'after', forEver: true } });
        expect(end.error).toBe('stopped');
        expect(await deleteGuard(run), `stopped at ${at}`).toMatchObject({ Status: 'SUCCESS' });
        await run.invariants({ ended: false });
        await run.close();
      }
      await start({});
    },
  );

  it.each([
    ['SageMaker', {}, 1],
    ['EC2', ON_EC2, 4],
  ] as const)(
    'row 26: alive when the stack is deleted, it makes nothing any more: %s',
    async (_where, overrides, pause) => {
      let made = Number.NaN;
      const during = async (own: CloudRun, pauses: number) => {
        if (pauses !== pause) return;
        expect(await deleteGuard(own)).toMatchObject({ Status: 'SUCCESS' });
        made = own.meter.lines().length;
        // CloudFormation goes on with the roles.
        own.aws.gates.push(({ request }) => {
          if (!own.world.sessions.has(request.accessKeyId ?? '')) return;
          throw new ServiceError('AccessDeniedException', 'the role is gone', 403);
        });
      };
      await start(overrides, { ...SOON, maxAttempts: 2, during });
      // Nothing can be written any more, nor asked for: whoever watches is told that it failed.
      await expect(liveOnDurable(run)).rejects.toThrow('the role is gone');
      expect(run.meter.lines()).toHaveLength(made);
      expect(run.world.alive()).toEqual([]);
    },
  );
});

/** Of a shard whose groups are executions of their own, as on AWS. */
async function operationsOfShard(groups: number): Promise<number> {
  const world = new CloudWorld(worldPlan(groups));
  let operations = 0;
  const handlerOf = () => durableHandler(() => workflows(world.ports()), { functions: { group: 'group' } });
  const handlerFunction = mortal(handlerOf, {
    onWrite: (updates) => {
      operations += operationsIn(updates);
    },
  });
  const runner = new LocalDurableTestRunner<Json>({ handlerFunction });
  runner.registerFunction('group', async () => ({ state: 'done', stopReason: null, recorded: 1, left: [] }));
  const input = { from: 0, to: groups, concurrency: 4, prepared: [] };
  const done = await runner.run({ payload: { runId: 'run-1', path: 'run-1/e1', workflow: 'shard', input } });
  expect(done.getResult()).toMatchObject({ recorded: groups });
  return operations;
}
