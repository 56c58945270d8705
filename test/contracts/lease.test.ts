import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoLease } from '../../lib/aws/lease.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(() => cloud.close());

const clock = { nowMs: () => cloud.aws.world.nowMs, nowIso: () => '' };
let runs = 0;

/** Controllers of one run. */
function newRun() {
  const run = cloud.entries(`lease-${runs++}`);
  return (owner: string) => new DynamoLease({ ...run, owner, clock, staleAfterSeconds: 60 });
}

describe('Lease in a table of DynamoDB', () => {
  it('is held by one, who renews it, until it is released', async () => {
    const controller = newRun();
    const [a, b] = [controller('a'), controller('b')];
    expect(await a.acquire()).toEqual({ token: 1 });
    expect(await b.acquire()).toBeNull();
    cloud.aws.world.advance(50);
    expect(await a.renew()).toBe(true);
    cloud.aws.world.advance(50);
    expect(await b.acquire()).toBeNull();
    await a.release();
    expect(await b.acquire()).toEqual({ token: 2 });
    expect(await a.renew()).toBe(false);
    expect(await b.renew()).toBe(true);
  });

  it('is taken over from whoever did not renew it, who then hears that it is lost', async () => {
    const controller = newRun();
    const [a, b] = [controller('a'), controller('b')];
    await a.acquire();
    cloud.aws.world.advance(60);
    expect(await b.acquire()).toBeNull();
    cloud.aws.world.advance(1);
    expect(await b.acquire()).toEqual({ token: 2 });
    expect(await a.renew()).toBe(false);
    await a.release();
    expect(await b.renew()).toBe(true);
    expect([a.token, b.token]).toEqual([1, 2]);
  });

  it('goes to one of many that ask at once, fresh or stale', async () => {
    const controller = newRun();
    for (const round of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => controller(`${round}-${i}`).acquire()));
      expect(answers.filter((answer) => answer !== null)).toEqual([{ token: round }]);
      cloud.aws.world.advance(61);
    }
  });

  it('stays with the one whose answer was lost', async () => {
    const a = newRun()('a');
    cloud.aws.world.faults.push({ call: 'dynamodb:UpdateItem', code: '', message: '', lost: 'answer', times: 1 });
    await expect(a.acquire()).rejects.toThrow();
    expect(await a.acquire()).toEqual({ token: 2 });
  });

  it('has no token before it was acquired, and is not renewed', async () => {
    const a = newRun()('a');
    expect(() => a.token).toThrow(/never acquired/);
    expect(await a.renew()).toBe(false);
    await a.release();
    expect(await a.acquire()).toEqual({ token: 1 });
  });
});
