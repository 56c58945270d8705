/** Runs the suite `durable` under Node 24. Arguments go to vitest. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { node24 } from '../support/node24.mjs';

const root = join(import.meta.dirname, '..', '..');
const node = node24();
console.log(`test:durable on Node ${execFileSync(node, ['--version']).toString().trim()}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(node, [vitest, 'run', '--project', 'durable', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
