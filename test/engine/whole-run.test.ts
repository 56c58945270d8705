import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/core/ports/workflow.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { FakeWorld, type Faults } from '../support/fake-world.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { emulatedPlan } from '../support/plans.ts';

async function run(faults: Faults, ports: (own: EnginePorts) => EnginePorts = (own) => own) {
  const world = new FakeWorld(emulatedPlan(), faults);
  const registry = workflows(ports(world.ports()));
  const root = JournalWorkflow.root(new MemoryJournal(), 'run-1/e1', registry, async () => undefined);
  const ended: Json | Error = await registry['run']!(root, null).catch((error: Error) => error);
  return { world, ended, receipt: JSON.parse(world.objects.get('receipt.json')!) };
}

describe('a whole run inside its carrier', () => {
  it('returns what the sweep did, with a receipt by listing', async () => {
    const { ended, receipt, world } = await run({});
    expect(ended).toMatchObject({ state: 'done', stopReason: null });
    expect(receipt).toMatchObject({ alive: [], unlisted: [] });
    expect(world.alive.size).toBe(0);
  });

  it('ends what a failed sweep left, writes the receipt, and then fails with its reason', async () => {
    let broken = false;
    const { ended, receipt, world } = await run({}, (own) => ({
      ...own,
      records: {
        ...own.records,
        append: async () => {
          broken = true;
          throw new Error('the table is gone');
        },
      },
      targets: {
        local: {
          ...own.targets.local!,
          // Whoever tears down in the ordinary way is refused until the sweep has failed.
          destroy: (name) => (broken ? own.targets.local!.destroy(name) : Promise.reject(new Error('not now'))),
        },
      },
    }));
    expect(ended).toBeInstanceOf(Error);
    expect((ended as Error).message).toContain('the table is gone');
    expect(receipt).toMatchObject({ alive: [], unlisted: [] });
    expect(world.alive.size).toBe(0);
  });

  it('names in the receipt what would not go, and what could not be listed', async () => {
    const { receipt } = await run({ immortal: true }, (own) => ({
      ...own,
      holders: [{ list: () => Promise.reject(new Error('ecs:ListTasks: denied')), destroy: async () => undefined }],
    }));
    expect(receipt.alive.length).toBeGreaterThan(0);
    expect(receipt.alive[0].endCommand).toMatch(/^kill /);
    expect(receipt.unlisted).toEqual(['ecs:ListTasks: denied']);
  });
});
