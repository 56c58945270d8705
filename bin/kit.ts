#!/usr/bin/env node
import { createRequire } from 'node:module';
import { main } from '../lib/cli/program.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
// A reader such as `head` may leave before the end; what is under way goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(
  version,
  async () => (await import('./compose.ts')).compose(version),
  process.argv.slice(2),
);
