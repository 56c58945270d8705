/** A sweep by the engine itself under real load of the kit's own generator; only the facts besides are played. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { Target } from '../../lib/core/ports/target.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { resourceName } from '../../lib/engine/workflow/names.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { allowedCores, splitCores } from '../../lib/local/cores.ts';
import { FileRecords } from '../../lib/local/file-records.ts';
import { FileStore } from '../../lib/local/file-store.ts';
import { openRunJournal } from '../../lib/local/journal/run-journal.ts';
import { LoadProcess } from '../../lib/local/load-process.ts';
import { FakeWorld } from './fake-world.ts';

const jsonl = (lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).join('\n');

/**
 * Runs `plan` to its end, with nothing left alive, and answers what was recorded.
 * @param targetIn what deploys, with a folder of its own
 * @param documents lines of each document besides the plan, by its name
 */
export async function realSweep(
  plan: Plan,
  folder: string,
  targetIn: (folder: string) => Target,
  documents: Record<string, readonly object[]>,
): Promise<Measurement[]> {
  const world = new FakeWorld(plan);
  for (const [name, lines] of Object.entries(documents)) world.objects.set(name, jsonl(lines));
  const store = new FileStore(folder);
  for (const [key, text] of world.objects) await store.put(key, text);
  mkdirSync(join(folder, 'servers'));
  const ports = {
    ...world.ports(),
    targets: { local: targetIn(join(folder, 'servers')) },
    generator: new LoadProcess({
      entry: join(import.meta.dirname, '..', '..', 'dist', 'lib', 'load', 'main.js'),
      folder: join(folder, 'generators'),
      store,
      cores: splitCores(allowedCores(), 1).client,
      nameOf: resourceName,
    }),
    store,
    records: new FileRecords(join(folder, 'measurements.jsonl')),
  };
  const journal = openRunJournal(join(folder, 'journal.jsonl'), 'run-1', workflows(ports));
  const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
  const end = await runSweep(ports, () => journal.run('sweep', null), wait);
  journal.close();
  expect(end).toMatchObject({ state: 'done', alive: [] });
  return ports.records.list();
}
