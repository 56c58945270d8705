import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative, sep } from 'node:path';
import type { ObjectStore } from '../core/ports/object-store.ts';
import { writeDurably } from './durable-write.ts';

/** Objects as files below one folder. */
export class FileStore implements ObjectStore {
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async put(key: string, text: string): Promise<void> {
    writeDurably(this.file(key), text);
  }

  async get(key: string): Promise<string | null> {
    const file = this.file(key);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  async list(prefix: string): Promise<string[]> {
    const folder = this.file(prefix.slice(0, prefix.lastIndexOf('/') + 1) || '.');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('.tmp-'))
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  private file(key: string): string {
    const inside = normalize(key);
    if (inside.startsWith('..') || inside.startsWith(sep)) throw new RangeError(`object key "${key}" leaves the store`);
    return join(this.root, inside);
  }
}
