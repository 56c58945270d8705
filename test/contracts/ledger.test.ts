import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoLease } from '../../lib/aws/lease.ts';
import { DynamoLedger, FencedOff } from '../../lib/aws/ledger.ts';
import type { Ledger } from '../../lib/core/ports/ledger.ts';
import { unbilled } from '../../lib/local/unbilled.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(() => cloud.close());

let runs = 0;
const newRun = () => cloud.entries(`run-${runs++}`);
const dynamo = (budgetUsd: number | null, run = newRun()) => new DynamoLedger({ ...run, budgetUsd, lease: null });

const kinds: [string, () => Ledger][] = [
  ['a table of DynamoDB', () => dynamo(10)],
  ['a table of DynamoDB, without a limit', () => dynamo(null)],
  ['this machine, where nothing is billed', () => unbilled],
];

describe.each(kinds)('Ledger in %s', (_name, open) => {
  it('grants, grants again, settles, and settles again', async () => {
    const ledger = open();
    const hold = { name: 'infersweep-a', usd: 4 };
    expect(await ledger.reserve(hold)).toEqual({ granted: true });
    expect(await ledger.reserve(hold)).toEqual({ granted: true });
    await ledger.settle('infersweep-a', 1.5);
    const once = await ledger.balance();
    await ledger.settle('infersweep-a', 1.5);
    await ledger.settle('infersweep-never-held', 3);
    expect(await ledger.balance()).toEqual(once);
    expect(once.reservedUsd).toBe(0);
  });
});

describe('DynamoLedger', () => {
  it('settles what is left for all that was held, and nothing twice', async () => {
    const ledger = dynamo(10);
    await ledger.settleRest();
    for (const [name, usd] of Object.entries({ a: 4, b: 2, c: 1 })) await ledger.reserve({ name, usd });
    await ledger.settle('b', 0.5);
    await ledger.settleRest();
    await ledger.settleRest();
    expect(await ledger.balance()).toEqual({ reservedUsd: 0, spentUsd: 5.5, budgetUsd: 10 });
  });

  it('counts a repeated hold and a repeated settlement once', async () => {
    const ledger = dynamo(10);
    await ledger.reserve({ name: 'a', usd: 4 });
    await ledger.reserve({ name: 'a', usd: 4 });
    expect(await ledger.balance()).toEqual({ reservedUsd: 4, spentUsd: 0, budgetUsd: 10 });
    await ledger.settle('a', 1.5);
    await ledger.settle('a', 1.5);
    expect(await ledger.balance()).toEqual({ reservedUsd: 0, spentUsd: 1.5, budgetUsd: 10 });
  });

  it('counts a settlement once when many settle at the same moment', async () => {
    const ledger = dynamo(10);
    await ledger.reserve({ name: 'a', usd: 4 });
    await Promise.all([1, 2, 3, null, null, 1].map((usd) => ledger.settle('a', usd)));
    const { reservedUsd, spentUsd } = await ledger.balance();
    expect(reservedUsd).toBe(0);
    expect([1, 2, 3, 4]).toContain(spentUsd);
  });

  it('refuses what would exceed the budget, grants it to the cent, and says why not', async () => {
    const ledger = dynamo(10);
    await ledger.reserve({ name: 'a', usd: 4 });
    await ledger.reserve({ name: 'b', usd: 2 });
    await ledger.settle('b', 1);
    expect(await ledger.reserve({ name: 'c', usd: 5.000001 })).toEqual({
      granted: false,
      reason: '5.00 USD asked, 1.00 spent and 4.00 held of 10.00',
    });
    expect(await ledger.reserve({ name: 'c', usd: 5 })).toEqual({ granted: true });
    expect(await ledger.reserve({ name: 'd', usd: 0.000001 })).toMatchObject({ granted: false });
    expect(await ledger.reserve({ name: 'free', usd: 0 })).toEqual({ granted: true });
  });

  it('settles all of a hold when nobody knows, and more than was held when it was', async () => {
    const ledger = dynamo(10);
    await ledger.reserve({ name: 'a', usd: 4 });
    await ledger.settle('a', null);
    await ledger.reserve({ name: 'b', usd: 1 });
    await ledger.settle('b', 3);
    expect(await ledger.balance()).toEqual({ reservedUsd: 0, spentUsd: 7, budgetUsd: 10 });
  });

  it('holds again under a name that was settled: a task may be started a second time', async () => {
    const ledger = dynamo(10);
    for (const usd of [2, 3]) {
      await ledger.reserve({ name: 'a', usd });
      await ledger.settle('a', null);
    }
    expect((await ledger.balance()).spentUsd).toBe(5);
  });

  it('adds up without the drift of floats', async () => {
    const ledger = dynamo(1);
    for (let i = 0; i < 10; i++) expect(await ledger.reserve({ name: `n${i}`, usd: 0.1 })).toEqual({ granted: true });
    expect(await ledger.balance()).toEqual({ reservedUsd: 1, spentUsd: 0, budgetUsd: 1 });
  });

  it('refuses money that is none', async () => {
    for (const usd of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(dynamo(1).reserve({ name: 'a', usd })).rejects.toThrow(/cannot be held in a ledger. Expected 0 to/);
    }
  });

  it('counts a hold once whose answer was lost on the way', async () => {
    const ledger = dynamo(10);
    await ledger.reserve({ name: 'first', usd: 1 });
    cloud.aws.world.faults.push({ call: 'dynamodb:UpdateItem', code: '', message: '', lost: 'answer', times: 1 });
    await expect(ledger.reserve({ name: 'a', usd: 2 })).rejects.toThrow();
    expect(await ledger.reserve({ name: 'a', usd: 2 })).toEqual({ granted: true });
    expect((await ledger.balance()).reservedUsd).toBe(3);
    cloud.aws.world.faults.push({ call: 'dynamodb:UpdateItem', code: '', message: '', lost: 'answer', times: 1 });
    await expect(ledger.settle('a', 1)).rejects.toThrow();
    await ledger.settle('a', 1);
    expect(await ledger.balance()).toMatchObject({ reservedUsd: 1, spentUsd: 1 });
  });

  it('keeps within the size of an entry by refusing the hold that is too many', async () => {
    const run = newRun();
    const holds = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`${'n'.repeat(60)}${i}`, { N: '1000000' }]),
    );
    const numbers = { committedMicroUsd: { N: '2000000000' }, spentMicroUsd: { N: '0' } };
    const key = { run: { S: run.runId }, entry: { S: 'head' } };
    await run.api.putItem({ TableName: run.tableName, Item: { ...key, ...numbers, holds: { M: holds } } });
    const answer = await dynamo(null, run).reserve({ name: 'one-more', usd: 1 });
    expect(answer).toEqual({
      granted: false,
      reason: '2000 holds are open, as many as an entry of the ledger can take',
    });
  });

  it('keeps runs apart', async () => {
    const [one, other] = [dynamo(10), dynamo(10)];
    await one.reserve({ name: 'a', usd: 9 });
    expect(await other.reserve({ name: 'a', usd: 9 })).toEqual({ granted: true });
    expect(await other.balance()).toEqual({ reservedUsd: 9, spentUsd: 0, budgetUsd: 10 });
  });

  it('is read by whoever knows no budget', async () => {
    const run = newRun();
    await dynamo(10, run).reserve({ name: 'a', usd: 9 });
    expect(await dynamo(null, run).balance()).toEqual({ reservedUsd: 9, spentUsd: 0, budgetUsd: 10 });
    expect(await dynamo(null).balance()).toEqual({ reservedUsd: 0, spentUsd: 0, budgetUsd: null });
  });
});

describe('a controller that lost its lease', () => {
  const clock = { nowMs: () => cloud.aws.world.nowMs, nowIso: () => '' };

  it('writes nothing more, and is told so', async () => {
    const run = newRun();
    const controller = async (owner: string) => {
      const lease = new DynamoLease({ ...run, owner, clock });
      await lease.acquire();
      return new DynamoLedger({ ...run, budgetUsd: 10, lease });
    };
    const first = await controller('first');
    await first.reserve({ name: 'a', usd: 2 });
    cloud.aws.world.advance(61);
    const second = await controller('second');
    const before = await second.balance();
    await expect(first.reserve({ name: 'b', usd: 1 })).rejects.toThrow(FencedOff);
    await expect(first.reserve({ name: 'a', usd: 2 })).rejects.toThrow(FencedOff);
    await expect(first.settle('a', 1)).rejects.toThrow(
      `another controller holds run ${run.runId} now (lease 2, this one's was 1), so nothing was written`,
    );
    expect(await second.balance()).toEqual(before);
    await second.settle('a', 1);
    expect((await second.balance()).spentUsd).toBe(1);
  });

  it('cannot begin to write either', async () => {
    const run = newRun();
    const late = new DynamoLedger({ ...run, budgetUsd: 10, lease: { token: 0 } });
    await new DynamoLease({ ...run, owner: 'current', clock }).acquire();
    await expect(late.reserve({ name: 'a', usd: 1 })).rejects.toThrow(FencedOff);
    expect(await late.balance()).toEqual({ reservedUsd: 0, spentUsd: 0, budgetUsd: null });
  });

  it('is refused between its read and its write', async () => {
    const run = newRun();
    const lease = { token: 1 };
    const holder = new DynamoLease({ ...run, owner: 'first', clock });
    await holder.acquire();
    const ledger = new DynamoLedger({ ...run, budgetUsd: 10, lease });
    await ledger.reserve({ name: 'a', usd: 2 });
    const overtaken = {
      ...run,
      api: {
        ...bound(run.api),
        updateItem: async (input: Parameters<typeof run.api.updateItem>[0]) => {
          cloud.aws.world.advance(61);
          await new DynamoLease({ ...run, owner: 'second', clock }).acquire();
          return run.api.updateItem(input);
        },
      },
    };
    const slow = new DynamoLedger({ ...overtaken, budgetUsd: 10, lease });
    await expect(slow.settle('a', 1)).rejects.toThrow(FencedOff);
    expect(await ledger.balance()).toMatchObject({ reservedUsd: 2, spentUsd: 0 });
  });
});

describe('any writers at once', () => {
  const BUDGET = 5;
  const micro = fc.integer({ min: 0, max: 4_000_000 });
  /** A part of what is held: nothing costs more than it was held for. */
  const part = fc.option(fc.integer({ min: 0, max: 100 }));
  const step = fc.oneof(
    fc.record({ is: fc.constant('reserve' as const), micro, times: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ is: fc.constant('settle' as const), part, times: fc.integer({ min: 1, max: 2 }) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const writers = fc.array(fc.array(step, { minLength: 1, maxLength: 7 }), { minLength: 2, maxLength: 5 });

  /** Checks the entry as every single write left it. */
  function watched(run: ReturnType<FullAws['entries']>) {
    const updateItem = async (input: Parameters<typeof run.api.updateItem>[0]) => {
      const answer = await run.api.updateItem({ ...input, ReturnValues: 'ALL_NEW' });
      const head = answer.Attributes!;
      const held = Object.values(head['holds']!.M!).reduce((sum, { N }) => sum + Number(N), 0);
      const [committed, spent] = [Number(head['committedMicroUsd']!.N), Number(head['spentMicroUsd']!.N)];
      if (committed > BUDGET * 1e6 || committed - spent !== held) throw new Error(`broken: ${JSON.stringify(head)}`);
      return answer;
    };
    return { ...run, api: { ...bound(run.api), updateItem } };
  }

  let refusals = 0;

  async function play(ledger: Ledger, name: string, steps: readonly Step[]) {
    let [held, spent] = [null as number | null, 0];
    for (const s of steps) {
      if (s.is === 'reserve') {
        const usd = s.micro / 1e6;
        const answers = [];
        for (let i = 0; i < s.times; i++) answers.push((await ledger.reserve({ name, usd })).granted);
        // A repetition may be granted after others settled; once granted it stays so.
        if (held !== null) expect(answers).not.toContain(false);
        if (answers.includes(true)) expect(answers.at(-1)).toBe(true);
        else refusals++;
        if (held === null && answers.includes(true)) held = s.micro;
      } else {
        const actual: number = s.part === null ? (held ?? 0) : Math.floor(((held ?? 0) * s.part) / 100);
        for (let i = 0; i < s.times; i++) await ledger.settle(name, s.part === null ? null : actual / 1e6);
        if (held !== null) spent += actual;
        held = null;
      }
    }
    return { held: held ?? 0, spent };
  }

  it('hold as a model of each says, at no moment more than the budget, and lose no money', async () => {
    refusals = 0;
    await fc.assert(
      fc.asyncProperty(writers, async (sequences) => {
        const run = newRun();
        const one = watched(run);
        const models = await Promise.all(
          // Each controller's own object, or one for all.
          sequences.map((steps, i) =>
            play(new DynamoLedger({ ...one, budgetUsd: BUDGET, lease: null }), `n${i}`, steps),
          ),
        );
        const { reservedUsd, spentUsd } = await dynamo(null, run).balance();
        const sum = (of: 'held' | 'spent') => models.reduce((total, model) => total + model[of], 0);
        expect(Math.round(reservedUsd * 1e6)).toBe(sum('held'));
        expect(Math.round(spentUsd * 1e6)).toBe(sum('spent'));
      }),
      { numRuns: 60 },
    );
    expect(refusals).toBeGreaterThan(0);
  });

  it('agree on one name, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(micro), { minLength: 4, maxLength: 16 }), async (calls) => {
        const run = newRun();
        const ledger = new DynamoLedger({ ...watched(run), budgetUsd: BUDGET, lease: null });
        await Promise.all(
          calls.map((m) => (m === null ? ledger.settle('a', null) : ledger.reserve({ name: 'a', usd: m / 1e6 }))),
        );
      }),
      { numRuns: 40 },
    );
  });
});

function bound(api: FullAws['dynamodb']) {
  return {
    getItem: (input: Parameters<typeof api.getItem>[0]) => api.getItem(input),
    putItem: (input: Parameters<typeof api.putItem>[0]) => api.putItem(input),
    query: (input: Parameters<typeof api.query>[0]) => api.query(input),
  };
}
