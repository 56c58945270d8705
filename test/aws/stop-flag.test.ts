import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoStop } from '../../lib/aws/stop-flag.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(() => cloud.close());

it('is read by everybody once one has asked, of one run only, and the first reason stays', async () => {
  const asking = new DynamoStop(cloud.entries('r'));
  const reading = new DynamoStop(cloud.entries('r'));
  expect(await reading.read()).toBeNull();
  await asking.ask('budget');
  await asking.ask('interrupt');
  expect(await reading.read()).toBe('budget');
  expect(await new DynamoStop(cloud.entries('other')).read()).toBeNull();
});

describe('a new start', () => {
  it('withdraws what was asked before it, and nothing that is asked after it', async () => {
    const stop = new DynamoStop(cloud.entries('begun'));
    await stop.begin(1);
    await stop.ask('interrupt');
    expect(await stop.read()).toBe('interrupt');
    await stop.begin(2);
    expect(await stop.read()).toBeNull();
    await stop.ask('budget');
    expect(await stop.read()).toBe('budget');
  });

  it.each([
    ['is the same, asked for twice', 2],
    ['is an older one, that comes late', 1],
  ])('that %s withdraws nothing', async (_what, number) => {
    const stop = new DynamoStop(cloud.entries(`late-${number}`));
    await stop.begin(2);
    await stop.ask('interrupt');
    await stop.begin(number);
    expect(await stop.read()).toBe('interrupt');
    await stop.begin(3);
    expect(await stop.read()).toBeNull();
  });
});

it('is not taken for unasked when the table cannot be read', async () => {
  cloud.aws.world.faults.push({ call: 'dynamodb:GetItem', code: 'AccessDeniedException', message: 'no', times: 1 });
  await expect(new DynamoStop(cloud.entries('r')).read()).rejects.toThrow(/no/);
});
