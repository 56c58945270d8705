/** The server whose model does not stay in memory: where it lies, and whether a host can show it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './load-engine.ts';

/** What Python runs: the kit's server with weights in a file that lies on a disk. */
export const PAGED_OUT = [join(root, 'bench', 'paged_out_server.py'), join(root, 'dist', 'bench')];

export function pagingMissing(): string | null {
  return existsSync('/proc/pressure/memory') ? null : 'this kernel does not tell how long work waits for memory';
}
