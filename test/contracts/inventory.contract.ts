/** What the reaper may rely on, whatever it lists. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudResource, Inventory, ResourceKind } from '../../lib/core/ports/inventory.ts';
import { tagsOfRun } from '../support/reap.ts';

export type Endable = Exclude<ResourceKind, 'other'>;

/** A cloud in which something can be made and time can pass. */
export interface InventoryWorld {
  inventory: Inventory;
  add(kind: Endable, tags: Record<string, string>): void;
  /** Longer than any deletion takes. */
  passTime(): void;
  close(): Promise<void>;
}

const kinds: Endable[] = ['endpoint', 'endpoint-config', 'model', 'instance', 'task', 'schedule'];

export function inventoryContract(implementation: string, open: () => Promise<InventoryWorld>): void {
  describe(`Inventory: ${implementation}`, () => {
    let world: InventoryWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const listed = async (): Promise<CloudResource[]> => {
      const { resources, failures } = await world.inventory.list();
      expect(failures).toEqual([]);
      return resources;
    };
    const tags = tagsOfRun('r', 60);

    it('lists nothing where nothing is', async () => {
      expect(await listed()).toEqual([]);
    });

    it.each(kinds)('names a live %s with its tags, again and again', async (kind) => {
      world.add(kind, tags);
      const [first] = await listed();
      expect(first).toMatchObject({ kind, tags, tagsError: null, state: 'live' });
      expect(await listed()).toEqual([first]);
    });

    it.each(kinds)('takes the deletion of a %s, shows it until it is gone, then no more', async (kind) => {
      world.add(kind, tags);
      const [resource] = await listed();
      expect(await world.inventory.delete(resource!)).toBe('accepted');
      for (const meanwhile of await listed()) expect(meanwhile).toMatchObject({ arn: resource!.arn, state: 'ending' });
      world.passTime();
      expect(await listed()).toEqual([]);
    });

    it('ends only what it is told to', async () => {
      world.add('endpoint', tags);
      world.add('model', tags);
      await world.inventory.delete((await listed()).find(({ kind }) => kind === 'model')!);
      world.passTime();
      expect((await listed()).map(({ kind }) => kind)).toEqual(['endpoint']);
    });

    it('may be told twice', async () => {
      world.add('endpoint', tags);
      const [resource] = await listed();
      await world.inventory.delete(resource!);
      world.passTime();
      expect(await world.inventory.delete(resource!)).toBe('gone');
    });
  });
}
