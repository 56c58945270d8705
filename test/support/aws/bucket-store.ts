import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';

/** A bucket of the loopback S3 as a store, for who reads or writes it without a client: `world.buckets` holds the same map. */
export class BucketStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();

  async put(key: string, text: string): Promise<void> {
    this.objects.set(key, Buffer.from(text));
  }

  async get(key: string): Promise<string | null> {
    return this.objects.get(key)?.toString() ?? null;
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
