import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { FileStore } from '../../lib/local/file-store.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;

const stores: [string, () => ObjectStore][] = [
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
    expect(await store.list('none/')).toEqual([]);
  });
});

it('keeps keys inside its folder', async () => {
  await expect(new FileStore(folder).put('../x', '')).rejects.toThrow(/leaves the store/);
  await expect(new FileStore(folder).get('/etc/passwd')).rejects.toThrow(/leaves the store/);
});
