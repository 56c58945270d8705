#!/usr/bin/env node
import { main } from '../lib/cli/program.ts';
import { compose } from './compose.ts';

process.exitCode = await main(compose(), process.argv.slice(2));
