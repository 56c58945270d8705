/** A machine whose clock is an hour wrong: AWS corrects the signatures, and the server's time decides over expiries. */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DynamoLease } from '../../lib/aws/lease.ts';
import { ServerClock } from '../../lib/aws/server-clock.ts';
import { cloudPlan } from '../support/aws/cloud-plan.ts';
import { CloudRun } from '../support/aws/cloud-run.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { ledgerTable } from '../support/aws/services/dynamodb.ts';
import { signingTime } from '../support/aws/signing-time.ts';

const HOUR_MS = 3_600_000;
let cloud: FullAws;
beforeEach(async () => {
  cloud = await startFullAws();
  cloud.aws.gates.push(signingTime);
});
afterEach(async () => {
  vi.useRealTimers();
  await cloud.close();
});

/** The local clock, off from the world's. */
function skew(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: cloud.aws.world.nowMs + ms });
}

describe.each([
  ['an hour behind', -HOUR_MS],
  ['an hour ahead', HOUR_MS],
])('on a machine %s', (_name, offsetMs) => {
  it('one retry corrects the signature, and none leaves the call refused', async () => {
    skew(offsetMs);
    const refused = new SageMaker(cloud.aws.config).listModels({});
    await expect(refused).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    const corrected = new SageMaker({ ...cloud.aws.config, maxAttempts: 2 });
    expect(await corrected.listModels({})).toMatchObject({ Models: [] });
    const calls = cloud.aws.world.calls.length;
    await corrected.listModels({});
    expect(cloud.aws.world.calls).toHaveLength(calls + 1);
  });

  it('the clock is the server’s, from errors and answers alike', async () => {
    skew(offsetMs);
    const api = new SageMaker(cloud.aws.config);
    const clock = new ServerClock();
    clock.watch(api);
    expect(() => clock.nowMs()).toThrow(/make one call/);
    await expect(api.listModels({})).rejects.toThrow();
    expect(clock.nowMs()).toBe(cloud.aws.world.nowMs);
    expect(clock.nowIso()).toBe(new Date(cloud.aws.world.nowMs).toISOString());
  });

  it('a living controller is not taken for a dead one', async () => {
    const lease = (owner: string) => {
      const api = new DynamoDB({ ...cloud.aws.config, maxAttempts: 3 });
      const clock = new ServerClock();
      clock.watch(api);
      return { api, lease: new DynamoLease({ api, tableName: ledgerTable, runId: 'r', owner, clock }) };
    };
    skew(0);
    const right = lease('right');
    await right.api.listTables();
    expect(await right.lease.acquire()).toEqual({ token: 1 });
    skew(offsetMs);
    const wrong = lease('wrong');
    await wrong.api.listTables();
    expect(await wrong.lease.acquire()).toBeNull();
    cloud.aws.world.advance(61);
    skew(offsetMs);
    await wrong.api.listTables();
    expect(await wrong.lease.acquire()).toEqual({ token: 2 });
  });
});

it('a clock that is right is left alone, and one that is set meanwhile is followed', async () => {
  skew(400);
  const api = new SageMaker({ ...cloud.aws.config, maxAttempts: 2 });
  const clock = new ServerClock();
  clock.watch(api);
  await api.listModels({});
  expect(clock.nowMs()).toBe(Date.now());
  skew(-HOUR_MS);
  await api.listModels({});
  expect(clock.nowMs()).toBe(cloud.aws.world.nowMs);
});

describe('an answer that is long on its way', () => {
  /** A clock whose machine is off by so much; an answer is so long on its way there and back. */
  function clockOff(offMs: number) {
    const world = { nowMs: Date.parse('2026-01-31T12:00:00.700Z') };
    let answer!: (next: (args: unknown) => Promise<{ response: unknown }>) => (args: unknown) => Promise<unknown>;
    const clock = new ServerClock(() => world.nowMs + offMs);
    const add = (middleware: never) => {
      answer = middleware;
    };
    clock.watch({ middlewareStack: { add } });
    const hear = (thereMs: number, backMs: number) =>
      answer(async () => {
        world.nowMs += thereMs;
        const date = new Date(world.nowMs).toUTCString();
        world.nowMs += backMs;
        return { response: { headers: { date } } };
      })({});
    return { world, clock, hear };
  }

  it.each([
    ['back', 0, 10_000],
    ['there', 10_000, 0],
    ['back to a machine that slept meanwhile', 20, 3 * HOUR_MS],
  ])('%s does not move a clock that is right', async (_way, thereMs, backMs) => {
    const { world, clock, hear } = clockOff(0);
    await hear(20, 20);
    await hear(thereMs, backMs);
    // What is settled by a clock that runs behind is less than the bill.
    expect(clock.nowMs()).toBe(world.nowMs);
  });

  it('corrects a wrong one by what it proves, and the next quick one does the rest', async () => {
    const offs = fc.integer({ min: -HOUR_MS, max: HOUR_MS });
    const way = fc.nat(60_000);
    await fc.assert(
      fc.asyncProperty(offs, way, way, async (offMs, thereMs, backMs) => {
        const { world, clock, hear } = clockOff(offMs);
        await hear(thereMs, backMs);
        const tripMs = thereMs + backMs;
        const isProvedWrong = Math.abs(offMs) > tripMs + 3000;
        const most = isProvedWrong ? tripMs / 2 + 1000 : tripMs + 3000;
        expect(Math.abs(clock.nowMs() - world.nowMs)).toBeLessThanOrEqual(most);
        await hear(0, 0);
        expect(Math.abs(clock.nowMs() - world.nowMs)).toBeLessThanOrEqual(3000);
      }),
    );
  });
});

it('whatever AWS answers tells a run the time: a listing that shows a deployment gone dates its end', async () => {
  // This machine sleeps for two minutes between its last write and the listing.
  const slept = { skewMs: 0 };
  const run = await CloudRun.start(cloudPlan(), slept);
  try {
    const { clock, targets } = await run.ports(null);
    expect(Math.abs(clock.nowMs() - run.world.nowMs)).toBeLessThanOrEqual(1000);
    slept.skewMs = -120_000;
    await targets.sagemaker!.list(run.runId);
    expect(Math.abs(clock.nowMs() - run.world.nowMs)).toBeLessThanOrEqual(1000);
  } finally {
    await run.close();
  }
});
