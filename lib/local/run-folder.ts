/** Runs on disk: `.infersweep/runs/<run-id>/`. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isAlive } from './processes.ts';

/** The id is unique on the machine and not only in its folder, because processes are found by it. */
export function createRunFolder(runs: string, name: string, now: Date): { id: string; folder: string } {
  const stamp = now.toISOString().replace(/\..*$/, '').replace(/[-:]/g, '').replace('T', '-');
  const id = `${name}-${stamp}-${randomBytes(2).toString('hex')}`;
  mkdirSync(runs, { recursive: true });
  mkdirSync(join(runs, id));
  return { id, folder: join(runs, id) };
}

/** Run ids by age, newest last. */
export function listRunFolders(runs: string): string[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((id) => existsSync(join(runs, id, 'plan.json')))
    .map((id) => ({ id, born: statSync(join(runs, id, 'plan.json')).mtimeMs }))
    .sort((a, b) => a.born - b.born || a.id.localeCompare(b.id))
    .map(({ id }) => id);
}

/** A run id, or the path of a run's folder; null when neither exists. */
export function findRunFolder(runs: string, reference: string): { id: string; folder: string } | null {
  for (const folder of [join(runs, reference), resolve(reference)]) {
    if (/^[A-Za-z0-9._-]+$/.test(basename(folder)) && existsSync(join(folder, 'plan.json'))) {
      return { id: basename(folder), folder };
    }
  }
  return null;
}

/** Keeps a second controller off a run; a lock whose owner is dead is taken over. null while the owner lives. */
export function lockRun(folder: string): { release(): void } | null {
  const file = join(folder, 'lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(file, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(file, 'utf8'));
      if (owner === process.pid || (owner > 0 && isAlive(owner))) return null;
      rmSync(file, { force: true });
    }
  }
  return null;
}
