/** Every world that a bench can replay: the measured tables of a folder, and synthetic ones by their seeds. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { llmpilotWorlds } from './llmpilot.ts';
import { readTable } from './read-table.ts';
import { ribbonWorlds } from './ribbon.ts';
import { runWorld } from './run-world.ts';
import { syntheticWorld } from './synthetic.ts';
import type { World } from './world.ts';

export interface Entry {
  world: World;
  /** Of its redraws. */
  seed: number;
}

const readers: Record<string, (path: string) => World[]> = {
  'ribbon_aws.csv': ribbonWorlds,
  'llmpilot.csv': llmpilotWorlds,
  'measurements.jsonl': (path) => [runWorld(path)],
};

/** @param folder null, or where there is none: no measured tables. */
export function measuredWorlds(folder: string | null): World[] {
  if (folder === null || !existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => name.endsWith('.csv') || name in readers)
    .flatMap((name) => (readers[name] ?? readTable)(join(folder, name)));
}

/** A measured table is redrawn once for each seed; a synthetic world is its seed. */
export function* entries(measured: readonly World[], seeds: readonly number[]): Generator<Entry> {
  for (const world of measured) for (const seed of seeds) yield { world, seed };
  for (const seed of seeds) yield { world: syntheticWorld(seed), seed };
}
