import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootOf, S3Store } from '../../lib/aws/object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { FileStore } from '../../lib/local/file-store.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { dataBucket } from '../support/aws/services/s3.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cloud.close();
});
let n = 0;
const onS3 = (runId = `run-${n++}`) => new S3Store({ s3: cloud.s3, bucketName: dataBucket, root: rootOf(runId) });

const stores: [string, () => ObjectStore][] = [
  ['S3', () => onS3()],
  ['files', () => new FileStore(join(folder, String(n++)))],
  ['the fake of the engine tests', () => new FakeWorld(emulatedPlan()).ports().store],
];

describe.each(stores)('ObjectStore on %s', (_name, open) => {
  it('gives back what was put, whole, and null for what was not', async () => {
    const store = open();
    const text = `${'é'.repeat(10_000)}\n`;
    await store.put('a/b.json', text);
    expect(await store.get('a/b.json')).toBe(text);
    expect(await store.get('a/c.json')).toBeNull();
  });

  it('replaces', async () => {
    const store = open();
    await store.put('k', 'one');
    await store.put('k', 'two');
    expect(await store.get('k')).toBe('two');
  });

  it('lists keys by prefix, in order', async () => {
    const store = open();
    for (const key of ['receipts/b.json', 'receipts/a.json', 'other/c.json']) await store.put(key, '{}');
    expect(await store.list('receipts/')).toEqual(['receipts/a.json', 'receipts/b.json']);
    expect(await store.list('receipts/a')).toEqual(['receipts/a.json']);
    expect(await store.list('none/')).toEqual([]);
    expect(await store.list('')).toEqual(
      expect.arrayContaining(['other/c.json', 'receipts/a.json', 'receipts/b.json']),
    );
  });

  it('lists all of many, and takes keys of any letters', async () => {
    const store = open();
    const keys = ['a/é ü.json', 'a/b+c=d&e.json', ...Array.from({ length: 7 }, (_, i) => `a/${i}.json`)].sort();
    for (const key of keys) await store.put(key, key);
    expect(await store.list('a/')).toEqual(keys);
    expect(await store.get('a/é ü.json')).toBe('a/é ü.json');
    expect(await store.get('a/b+c=d&e.json')).toBe('a/b+c=d&e.json');
  });
});

it('keeps keys inside its folder', async () => {
  await expect(new FileStore(folder).put('../x', '')).rejects.toThrow(/leaves the store/);
  await expect(new FileStore(folder).get('/etc/passwd')).rejects.toThrow(/leaves the store/);
  await expect(onS3('a').put('../b/x', '')).rejects.toThrow(/leaves the store/);
  await expect(onS3('a').get('x/../../b/x')).rejects.toThrow(/leaves the store/);
});

describe('S3Store', () => {
  it('keeps runs apart', async () => {
    await onS3('one').put('k', 'of one');
    expect(await onS3('other').get('k')).toBeNull();
    expect([...cloud.aws.world.buckets.get(dataBucket)!.keys()]).toContain('runs/one/k');
  });

  it('writes once: the first text of many writers stays', async () => {
    const store = onS3();
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => store.putOnce('k', text)));
    expect(answers.filter((first) => first)).toHaveLength(1);
    expect(await store.get('k')).toBe(['a', 'b', 'c'][answers.indexOf(true)]);
  });

  it('tries again when S3 saw two at once, and not for ever', async () => {
    const conflict = { call: 's3:PutObject', code: 'ConditionalRequestConflict', message: 'conflict', status: 409 };
    cloud.aws.world.faults.push({ ...conflict, about: 'twice', times: 2 }, { ...conflict, about: 'ever' });
    expect(await onS3().putOnce('twice', 'text')).toBe(true);
    await expect(onS3().putOnce('ever', 'text')).rejects.toThrow(/conflict/);
  });

  it('does not take a refusal for absence', async () => {
    const about = 'forbidden';
    cloud.aws.world.faults.push({ call: 's3:GetObject', about, code: 'AccessDenied', message: 'no', status: 403 });
    const store = onS3();
    // Of an absent key S3 says the same to whoever may not list.
    expect(await store.get('forbidden')).toBeNull();
    await store.put('forbidden', 'text');
    await expect(store.get('forbidden')).rejects.toThrow(/no/);
  });
});
