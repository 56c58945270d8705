import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Environment, ensureEnvironment } from '../../lib/local/environment.ts';

const serverLocks = join(import.meta.dirname, '..', '..', 'containers', 'server', 'environments');
/** Of tools that only tests need. */
export const toolLocks = join(import.meta.dirname, 'environments');

/** One of the kit's environments, in the cache that users' runs share; made when it is missing. */
export function environmentIn(name: string, locks = serverLocks): Promise<Environment> {
  const cache = process.env['INFERSWEEP_CACHE'] ?? join(homedir(), '.cache', 'infersweep');
  return ensureEnvironment({ cache, name, lockFile: join(locks, `${name}.txt`) }, () => undefined);
}
