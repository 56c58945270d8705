/** A run's objects as an execution may read them: whoever started it has named the plan, and the bucket may hold another. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../core/ports/object-store.ts';

/**
 * @param planSha256 of `plan.json`, in hexadecimal; null: of a start that named none
 * @returns objects of which `get('plan.json')` throws, in words, where the bytes have another hash
 */
export function withSealedPlan(store: ObjectStore, planSha256: string | null): ObjectStore {
  if (planSha256 === null) return store;
  return {
    put: (key, text) => store.put(key, text),
    list: (prefix) => store.list(prefix),
    get: async (key) => {
      const text = await store.get(key);
      if (text !== null && key === 'plan.json') refuseAnother(text, planSha256);
      return text;
    },
  };
}

function refuseAnother(planText: string, planSha256: string): void {
  const now = createHash('sha256').update(planText).digest('hex');
  if (now === planSha256) return;
  throw new Error(
    `the run's plan.json is not the one that was started (SHA-256 ${now.slice(0, 12)}…, started with ${planSha256.slice(0, 12)}…): resume puts back the one that the run began with`,
  );
}
