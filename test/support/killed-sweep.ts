import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import type { FakeWorld } from './fake-world.ts';
import { MortalJournal } from './mortal-journal.ts';

export interface Death {
  /** Write of the journal. */
  at: number;
  /** The write is in the journal. */
  lands: boolean;
  /** What is deployed dies as well. */
  takesDeployments: boolean;
}

/** The journal of a sweep whose controller dies, and how many groups were measured by then. */
export async function killedSweep(
  world: FakeWorld,
  { at, lands, takesDeployments }: Death,
): Promise<{ journal: MortalJournal; measured: number }> {
  const ports = world.ports();
  const journal = new MortalJournal([], at, lands, () => {
    ports.cut();
    world.crash({ takesDeployments });
  });
  const registry = workflows(ports);
  const dead = registry['sweep']!(
    JournalWorkflow.root(journal, 'run-1/e1', registry, async () => undefined),
    null,
  );
  // A dead process answers nothing: what waits for it waits for ever.
  await Promise.race([dead.catch(() => undefined), new Promise((r) => setTimeout(r, 3))]);
  const measured = journal.entries.filter((e) => e.kind === 'done' && e.path.endsWith('/measure')).length;
  return { journal, measured };
}
