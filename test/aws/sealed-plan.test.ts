import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { withSealedPlan } from '../../lib/aws/sealed-plan.ts';
import { MemoryStore } from '../support/memory-store.ts';

const sealed = createHash('sha256').update('{"a":1}').digest('hex');

describe('a run’s objects under the seal of its plan', () => {
  it.each([
    ['the plan as it was sealed', 'plan.json', '{"a":1}'],
    ['anything else', 'inputs.jsonl', 'x'],
    ['no object', 'inputs.jsonl', null],
    ['no plan', 'plan.json', null],
  ])('give %s', async (_what, key, text) => {
    const store = new MemoryStore();
    if (text !== null) await store.put(key, text);
    const under = withSealedPlan(store, sealed);
    expect(await under.get(key)).toBe(text);
    expect(await under.list('')).toEqual(await store.list(''));
  });

  it('refuse another plan in words', async () => {
    const store = new MemoryStore();
    const under = withSealedPlan(store, sealed);
    // Equal as JSON: only the bytes are known to be those that were begun with.
    await under.put('plan.json', '{ "a": 1 }');
    await expect(under.get('plan.json')).rejects.toThrow(
      new RegExp(
        `plan.json is not the one that was started \\(SHA-256 \\w{12}…, started with ${sealed.slice(0, 12)}…\\)`,
      ),
    );
  });

  it('are as they are for a start without a seal', async () => {
    const store = new MemoryStore();
    expect(withSealedPlan(store, null)).toBe(store);
  });
});
