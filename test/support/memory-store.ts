import type { ObjectStore } from '../../lib/core/ports/object-store.ts';

/** Objects in memory: what a bucket holds, for tests that need no bucket. */
export class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, string>();

  async put(key: string, text: string): Promise<void> {
    this.objects.set(key, text);
  }

  async get(key: string): Promise<string | null> {
    return this.objects.get(key) ?? null;
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
