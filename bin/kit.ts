#!/usr/bin/env node
import { createRequire } from 'node:module';
import { main } from '../lib/cli/program.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
process.exitCode = await main(
  version,
  async () => (await import('./compose.ts')).compose(version),
  process.argv.slice(2),
);
